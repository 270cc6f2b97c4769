import { z } from "zod";
import type { Engine } from "./engineInterface.ts";

/** The types of resources that lab reads in a stack's state. */
export const resourceTypes = {
  domain: "libvirt:index/domain:Domain",
  key: "tls:index/privateKey:PrivateKey",
  network: "libvirt:index/network:Network",
  pool: "libvirt:index/pool:Pool",
  stack: "pulumi:pulumi:Stack",
  step: "command:remote:Command",
  volume: "libvirt:index/volume:Volume",
} as const;
export type ResourceType = keyof typeof resourceTypes;

const properties = z.record(z.string(), z.unknown()).optional();

// Without defaults and transforms: a state that was read is also written back.
const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  /** The reference to its provider: the provider's URN, then its ID. */
  provider: z.string().optional(),
  pendingReplacement: z.boolean().optional(),
  inputs: properties,
  outputs: properties,
});

const operationSchema = z.looseObject({ type: z.string(), resource: resourceSchema });

const stateSchema = z.looseObject({
  deployment: z
    .looseObject({
      resources: z.array(resourceSchema).nullish(),
      pending_operations: z.array(operationSchema).nullish(),
    })
    .nullish(),
});

/** The output of `pulumi stack export`. Unknown fields are kept. */
export type StackState = z.infer<typeof stateSchema>;
export type StateResource = z.infer<typeof resourceSchema>;
/** An operation that pulumi had not finished when it was killed. */
export type PendingOperation = z.infer<typeof operationSchema>;

/** Checks an exported state and returns it unchanged, to be written back. */
export function parseState(exported: unknown): StackState {
  assertState(exported);
  return exported;
}

function assertState(exported: unknown): asserts exported is StackState {
  stateSchema.parse(exported);
}

/** The state of the engine's stack. Secrets are encrypted unless `showSecrets` is set. */
export async function exportState(
  engine: Pick<Engine, "output">,
  { showSecrets = false } = {},
): Promise<StackState> {
  const flags = showSecrets ? ["--show-secrets"] : [];
  return parseState(JSON.parse(await engine.output(["stack", "export", ...flags])));
}

export const resourcesIn = ({ deployment }: StackState): readonly StateResource[] =>
  deployment?.resources ?? [];

export const pendingIn = ({ deployment }: StackState): readonly PendingOperation[] =>
  deployment?.pending_operations ?? [];

export const isStackItself = ({ type }: StateResource): boolean => type === resourceTypes.stack;

/** The outputs of the program's last whole run. */
export const outputsIn = (state: StackState): StateResource["outputs"] =>
  resourcesIn(state).find(isStackItself)?.outputs;

/** The resource of this type and name. */
export type Find = (type: ResourceType, name: string) => StateResource | undefined;

export function finder(state: StackState): Find {
  const key = (type: string, name: string) => `${type} ${name}`;
  const named = new Map(resourcesIn(state).map((one) => [key(one.type, nameIn(one.urn)), one]));
  return (type, name) => named.get(key(resourceTypes[type], name));
}

/** The resource's name: the last part of its URN. */
export const nameIn = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/** The name of the provider that a resource belongs to. */
export const providerOf = ({ provider }: StateResource): string | undefined =>
  provider?.split("::")[3];

/** The state with each resource replaced by what `change` returns. */
export const withResources = (
  state: StackState,
  change: (resource: StateResource) => StateResource,
): StackState => ({
  ...state,
  deployment: { ...state.deployment, resources: resourcesIn(state).map(change) },
});

export const withPending = (
  state: StackState,
  operations: readonly PendingOperation[],
): StackState => ({
  ...state,
  deployment: { ...state.deployment, pending_operations: [...operations] },
});
