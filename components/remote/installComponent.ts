import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { stepResource } from "../../model/names.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { Authorities, AuthorityName } from "../pki/authorities.ts";
import type { Credentials } from "../pki/credentials.ts";
import { issueIdentity } from "../pki/identity.ts";
import { type ComponentFile, type NodeComponent, stepName } from "./component.ts";
import type { Machine } from "./machine.ts";
import { oneByOne } from "./oneByOne.ts";
import { renderInstallation } from "./renderComponent.ts";
import type { SecretFile } from "./script.ts";
import { step } from "./step.ts";

/** Arguments that every component's installation needs. */
export interface Foundation {
  readonly plan: ClusterPlan;
  readonly authorities: Authorities;
  readonly adminKubeconfig: pulumi.Output<string>;
  /** The machine of a node, prepared or not. */
  readonly machineOf: (node: { readonly name: string }) => Machine;
}

/** For each edge that the declaration names: the resources that a node's step waits for. */
export type Edges<Target, Edge extends string> = Readonly<
  Record<Edge, (node: Target) => readonly pulumi.CustomResource[]>
>;

export interface InstalledArgs<
  Target extends { readonly name: string },
  Signer extends AuthorityName,
  Edge extends string,
> extends Foundation {
  readonly component: NodeComponent<Target, Signer, Edge>;
  readonly edges: Edges<Target, Edge>;
  /** New nodes start one after the other, too, instead of all at once. */
  readonly isSerial?: boolean;
}

/** A component on all of its nodes: an identity and a step for each. */
export class Installed<
  Target extends { readonly name: string },
  Signer extends AuthorityName,
  Edge extends string,
> extends pulumi.ComponentResource {
  /** By node name; each is created when the component is healthy there. */
  readonly byNode: ReadonlyMap<string, command.remote.Command>;
  readonly steps: readonly command.remote.Command[];

  constructor(
    type: string,
    name: string,
    args: InstalledArgs<Target, Signer, Edge>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, {}, opts);
    const targets = args.component.on(args.plan);
    const { rollout } = args.plan;
    const order =
      args.isSerial === true
        ? [...new Set([...rollout, ...targets.map((target) => target.name)])]
        : rollout;
    this.byNode = oneByOne(order, targets, (node, previous: readonly command.remote.Command[]) =>
      installOn(node, args, previous, this),
    );
    this.steps = [...this.byNode.values()];
    this.registerOutputs();
  }

  /** The step on this node, as a list: empty if the component does not run there. */
  readonly at = (node: { readonly name: string }): readonly command.remote.Command[] => {
    const found = this.byNode.get(node.name);
    return found === undefined ? [] : [found];
  };
}

function installOn<
  Target extends { readonly name: string },
  Signer extends AuthorityName,
  Edge extends string,
>(
  node: Target,
  args: InstalledArgs<Target, Signer, Edge>,
  previous: readonly pulumi.CustomResource[],
  parent: pulumi.Resource,
): command.remote.Command {
  const { plan, component, edges, authorities, adminKubeconfig } = args;
  const scope = { plan, node };
  const machine = args.machineOf(node);
  const name = stepName(component, scope);
  const declared = component.identity?.(scope);
  const identity =
    declared === undefined
      ? undefined
      : issueIdentity(
          stepResource(node.name, name),
          { plan, authorities, ...declared },
          { parent },
        );
  const installation = component.install(scope);
  const files = secretFiles(installation.files, () => {
    if (identity === undefined) throw new Error(`${name}: no identity is declared`);
    return { ...identity, authorities, adminKubeconfig };
  });
  const { kinds, replacedWith } = component;
  const otherKinds = kinds?.all.filter((kind) => kind !== name) ?? [];
  return step(
    {
      machine,
      script: renderInstallation(name, installation),
      ...(kinds === undefined ? {} : { identity: pulumi.interpolate`${machine.identity} ${name}` }),
      ...(replacedWith === undefined ? {} : { replacedWith: edges[replacedWith](node) }),
      ...(files.length === 0 ? {} : { files }),
    },
    {
      parent,
      aliases: otherKinds.map((kind) => ({ name: stepResource(node.name, kind) })),
      dependsOn: [
        ...(Object.keys(component.after(scope)) as Edge[]).flatMap((edge) => edges[edge](node)),
        ...previous,
      ],
    },
  );
}

function secretFiles<Signer extends AuthorityName>(
  files: readonly ComponentFile<Signer>[],
  credentials: () => Credentials<Signer>,
): SecretFile<pulumi.Output<string>>[] {
  return files.flatMap((one) =>
    "credential" in one
      ? [
          {
            path: one.path,
            mode: one.mode,
            owner: one.owner,
            content: one.credential(credentials()),
          },
        ]
      : [],
  );
}
