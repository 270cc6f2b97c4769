import type { CheckFailure } from "../rpc/provider.ts";
import { isPlainObject, isSecret, type Properties, secret, type Value } from "../rpc/value.ts";
import { type Fields, failuresOf, type Shape } from "./shape.ts";

// The inputs of https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/cmd/pulumi-resource-command/schema.json.

const logging: Shape = { oneOf: ["stdout", "stderr", "stdoutAndStderr", "none"] };

const command: Fields = {
  create: "string",
  update: "string",
  delete: "string",
  triggers: { arrayOf: "any" },
  stdin: "string",
  logging,
  environment: { mapOf: "string" },
  addPreviousOutputInEnv: "boolean",
};

const localRun: Fields = {
  command: "string",
  stdin: "string",
  logging,
  environment: { mapOf: "string" },
  addPreviousOutputInEnv: "boolean",
  interpreter: { arrayOf: "string" },
  dir: "string",
};

const connectionBase: Fields = {
  host: "string",
  port: "number",
  user: "string",
  password: "string",
  privateKey: "string",
  privateKeyPassword: "string",
  agentSocketPath: "string",
  dialErrorLimit: "number",
  perDialTimeout: "number",
  hostKey: "string",
};

const connection: Shape = { fields: { ...connectionBase, proxy: { fields: connectionBase } } };

const connectionDefaults = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

const connectionSecrets = ["password", "privateKey", "privateKeyPassword"];

export type ResourceType = keyof typeof resources;

const resources = {
  "command:local:Command": {
    fields: { ...command, interpreter: { arrayOf: "string" }, dir: "string" },
    required: [],
  },
  "command:remote:Command": { fields: { ...command, connection }, required: ["connection"] },
  "command:remote:CopyToRemote": {
    fields: { connection, triggers: { arrayOf: "any" }, source: "asset", remotePath: "string" },
    required: ["connection", "source", "remotePath"],
  },
} as const satisfies Record<string, { fields: Fields; required: readonly string[] }>;

/** @throws for a type that this plugin does not serve */
export function resourceType(type: string): ResourceType {
  if (Object.hasOwn(resources, type)) return type as ResourceType;
  const known = Object.keys(resources).join(", ");
  throw new Error(`${type}: expected one of ${known}, which hardway's command plugin supports`);
}

/**
 * Inputs as the official plugin's Check returns them: with defaults, and with the connection and
 * its credentials as secrets, so that both plugins write the same state.
 */
export function checkInputs(
  type: ResourceType,
  news: Properties,
): { inputs: Properties; failures: CheckFailure[] } {
  const { fields, required } = resources[type];
  const failures = failuresOf(news, fields, required);
  const inputs = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== null));
  if (inputs.connection !== undefined)
    inputs.connection = secret(checkedConnection(inputs.connection));
  return { inputs, failures };
}

/** The faults in the arguments of `command:local:run`. */
export function runFailures(args: Properties): CheckFailure[] {
  return failuresOf(args, localRun, ["command"]);
}

function checkedConnection(value: Value): Value {
  if (isSecret(value)) return secret(checkedConnection(value.value));
  if (!isPlainObject(value)) return value;
  const checked: Record<string, Value> = {};
  for (const [name, inner] of Object.entries({ ...connectionDefaults, ...withoutNulls(value) })) {
    if (name === "proxy") checked[name] = checkedConnection(inner);
    else checked[name] = connectionSecrets.includes(name) ? secret(inner) : inner;
  }
  return checked;
}

function withoutNulls(object: Properties): Properties {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
