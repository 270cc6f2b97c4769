import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, type Options } from "execa";
import { expect } from "vitest";
import { parse, stringify } from "yaml";
import { projectDir } from "../../base/paths.ts";
import { gatherSurroundings } from "../../config/resolve/gatherSurroundings.ts";
import { labFrom } from "../../config/resolve/labFrom.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { CommandResult } from "../machines/machinesLab.ts";
import { planOf } from "../program/labs.ts";
import type { Cluster } from "./cluster.ts";
import { bareEnvironment } from "./personsLab.ts";
import { whenThisProcessEnds } from "./whenThisProcessEnds.ts";

/** A lab of virtual machines that `./lab` creates from one of this project's stack configs. */
export interface GuestsLab {
  /** Its Kubernetes nodes, without dedicated load balancers. */
  readonly cluster: Cluster;
  /** The plan of the lab's stack config. */
  readonly plan: ClusterPlan;
  /** The lab's directory, removed together with the lab. */
  readonly state: string;
  /** Runs `./lab ARGUMENTS`; throws if it fails. */
  lab(args: readonly string[], options?: Options): Promise<CommandResult>;
  /** The output of `./lab up` or `preview`. */
  output(args: readonly string[], options?: Options): Promise<string>;
  /** Changes `hardway:cluster`. */
  edit(change: (cluster: EditedCluster) => void): Promise<void>;
  /** Runs `./lab destroy`, and checks that nothing remains. */
  destroy(): Promise<void>;
  /** Removes everything, also after a failure. */
  remove(): Promise<void>;
}

export interface EditedCluster {
  network?: object;
  nodes: Record<string, object>;
  ssh?: object;
  timeZone?: string | undefined;
  users?: object | undefined;
  files?: object | undefined;
}

/** The counts in pulumi's final summary: `{created: 3}`, `{unchanged: 85}`. */
export function changesOf(output: string): Record<string, number> {
  const summary = /^Resources:\n((?:\s+.*\n)+?)\n/m.exec(output)?.[1] ?? "";
  const lines = [...summary.matchAll(/(\d+) (created|updated|replaced|deleted|unchanged)/g)];
  return Object.fromEntries(lines.map(([, count, word]) => [word ?? "", Number(count)]));
}

/**
 * Prepares a lab; `output(["up"])` creates it.
 *
 * @param stack the lab's name, which differs from the names of a user's labs
 * @param like the lab whose config is copied: `dev` for `Pulumi.dev.yaml`
 */
export async function guestsLab(stack: string, like: string): Promise<GuestsLab> {
  const configFile = join(projectDir, `Pulumi.${stack}.yaml`);
  const text = await readFile(join(projectDir, `Pulumi.${like}.yaml`), "utf8");
  await writeFile(configFile, text);
  const state = await mkdtemp(join(tmpdir(), "hardway-guests-"));
  const env = { ...bareEnvironment, HARDWAY_STATE: state };
  const program = join(projectDir, "lab");
  const dismissGuard = whenThisProcessEnds(
    '"$lab" --stack "$stack" --yes destroy && rm -rf "$config" "$state"',
    { ...env, lab: program, stack, config: configFile, state },
  );
  const run = (args: readonly string[], options: Options = {}) =>
    execa(program, ["--stack", stack, "--yes", ...args], {
      all: true,
      extendEnv: false,
      env,
      ...options,
    });
  const result = async (args: readonly string[], options: Options = {}): Promise<CommandResult> => {
    const { exitCode, stdout, stderr } = await run(args, { ...options, all: false });
    return { exitCode, stdout: String(stdout), stderr: String(stderr) };
  };

  const { config } = parse(text) as { config: Record<string, unknown> };
  const lab = labFrom(config["hardway:cluster"], gatherSurroundings(stack, [], process.env));
  const plan = planOf(lab);
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const kubectlCommand = [
    ...(["env", "--ignore-environment"] as const),
    ...assignments,
    ...[program, "--stack", stack, "kubectl"],
  ] as const;
  const [env1, ...kubectl] = kubectlCommand;
  const cluster: Cluster = {
    nodes: plan.nodes.filter(isKubernetesNode),
    apiUrl: plan.api.url,
    kubectlCommand: [...kubectlCommand],
    kubectl: async (args, options) =>
      String((await execa(env1, [...kubectl, ...args], options)).stdout),
    exec: (argv, options) => result(["shell", "--", ...argv], { ...options, reject: false }),
    ssh: (node, command, options) => result(["ssh", node, command], { ...options, reject: false }),
  };
  const machines = plan.nodes.map(({ name }) => `${stack}-${name}`);

  return {
    cluster,
    plan,
    state,
    lab: result,
    output: async (args, options) => String((await run(args, options)).all),
    edit: async (change) => {
      const file = parse(await readFile(configFile, "utf8")) as {
        config: { "hardway:cluster": EditedCluster };
      };
      change(file.config["hardway:cluster"]);
      await writeFile(configFile, stringify(file));
    },
    destroy: async () => {
      await run(["destroy"]);
      const { stdout } = await execa("ps", ["-e", "-o", "args="]);
      const ours = stdout
        .split("\n")
        .filter((line) => line.includes(state) || machines.some((name) => line.includes(name)));
      expect(ours).toEqual([]);
      // The user's files stay: the log, the passphrase, the stack's empty state.
      const left = await readdir(state, { recursive: true });
      expect(
        left.filter((path) => /qcow2|iso|kubeconfig|id_ed25519|known_hosts|isolated/.test(path)),
      ).toEqual([]);
    },
    remove: async () => {
      await run(["destroy"], { reject: false });
      await rm(configFile, { force: true });
      await rm(state, { recursive: true });
      dismissGuard();
    },
  };
}
