import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { projectDir } from "../../base/paths.ts";

/**
 * Runs a whole program once, without an engine, and records its registrations. `runProgram.ts` runs
 * this file in a separate process, because mocks are global and permanent.
 *
 * usage: node recordProgram.ts OUTPUT RECORDING-JSON
 */
const [output = "", recording = "{}"] = process.argv.slice(2);
const { program, project, stack, mode, config, earlier, references, countsOperations } = JSON.parse(
  recording,
) as Recording;

/** The program to run, and the engine's answers. */
export interface Recording {
  /** Path of the program's main file. */
  readonly program: string;
  readonly project: string;
  readonly stack: string;
  readonly mode: "preview" | "update";
  readonly config: Readonly<Record<string, string>>;
  /** The outputs of the stack's last update, or the engine's error if they cannot be read. */
  readonly earlier: Readonly<Record<string, unknown>> | { readonly unreadable: string };
  /** The stacks that the program may refer to, by name. */
  readonly references: Readonly<Record<string, StackOutputs>>;
  readonly countsOperations: boolean;
}

export interface StackOutputs {
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Names of the outputs that are secrets. */
  readonly secrets: readonly string[];
}

/** A resource's registration, as sent to the engine. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly custom: boolean;
  /** Inputs in wire form: secrets and unknowns are in their envelopes. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** URNs, from data and from `dependsOn`. */
  readonly dependencies: readonly string[];
  /** URNs, by the input that contains their data. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** Its possible names in a state. */
  readonly aliases: readonly string[];
  /** The reference to its provider, `URN::ID`; empty for the default provider. */
  readonly provider: string;
  readonly deletedWith: string;
  readonly protect: boolean;
  /** True if the real object stays when the resource leaves the program. */
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  /** URNs of resources whose replacement also replaces this one. */
  readonly replaceWith: readonly string[];
  /** A changed value replaces the resource. */
  readonly replacementTrigger: unknown;
  /** Inputs whose change replaces the resource. */
  readonly replaceOnChanges: readonly string[];
  readonly ignoreChanges: readonly string[];
  /** Outputs that are secret in addition to the provider's. */
  readonly additionalSecretOutputs: readonly string[];
}

const registrations: Registration[] = [];
const urns = new Set<string>();

/** The recorded fields of pulumi.RegisterResourceRequest. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getDependenciesList(): string[];
  getPropertydependenciesMap(): Map<string, { getUrnsList(): string[] }>;
  getAliasesList(): { getSpec(): { getName(): string } | undefined }[];
  getProvider(): string;
  getDeletedwith(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getReplaceWithList(): string[];
  getReplacementTrigger(): { toJavaScript(): unknown } | undefined;
  getReplaceonchangesList(): string[];
  getIgnorechangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
}

// The public mocks hide dependencies and options; the request itself has them.
const monitor = MockMonitor.prototype as unknown as {
  registerResource: (this: unknown, request: RegisterRequest, callback: unknown) => Promise<void>;
};
const register = monitor.registerResource;
monitor.registerResource = function (request, callback) {
  const [type, name, parent] = [request.getType(), request.getName(), request.getParent()];
  const urn = urnOf(parent, type, name);
  if (urns.has(urn)) {
    throw new Error(`two resources have the URN ${urn}`);
  }
  urns.add(urn);
  registrations.push({
    urn,
    type,
    name,
    parent,
    custom: request.getCustom(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    dependencies: [...request.getDependenciesList()].sort(),
    propertyDependencies: Object.fromEntries(
      [...request.getPropertydependenciesMap().entries()].map(([input, urns]) => [
        input,
        [...urns.getUrnsList()].sort(),
      ]),
    ),
    aliases: request.getAliasesList().map((alias) => alias.getSpec()?.getName() ?? ""),
    provider: request.getProvider(),
    deletedWith: request.getDeletedwith(),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    replaceWith: [...request.getReplaceWithList()].sort(),
    replacementTrigger: request.getReplacementTrigger()?.toJavaScript() ?? null,
    replaceOnChanges: request.getReplaceonchangesList(),
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: [...request.getAdditionalsecretoutputsList()].sort(),
  });
  return register.call(this, request, callback);
};

function readEarlier(): unknown {
  // Like gRPC's error: Pulumi's SDK takes the text from `details`.
  const { unreadable: details } = earlier;
  if (typeof details === "string") throw Object.assign(new Error(details), { details });
  return earlier;
}

/** Like the mocks' URN: the parent's type before the resource's. */
function urnOf(parent: string, type: string, name: string): string {
  const parentType = parent.split("::")[2]?.split("$").at(-1);
  const types = parentType === undefined ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${types}::${name}`;
}

/** Plausible outputs that name their resource, so that a test can find them. */
function outputsOf(args: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
  const of = (what: string) => `${what} of ${args.name}`;
  switch (args.type) {
    case "tls:index/privateKey:PrivateKey":
      return {
        privateKeyPem: pulumi.secret(
          `-----BEGIN PRIVATE KEY-----\n${createHash("sha256").update(args.name).digest("base64")}\n-----END PRIVATE KEY-----\n`,
        ),
        publicKeyPem: of("public key"),
        privateKeyOpenssh: pulumi.secret(of("private OpenSSH key")),
        publicKeyOpenssh: `ssh-ed25519 AAAA${args.name}`,
      };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: of("request") };
    case "command:remote:Command":
      return {
        stdout: `-----BEGIN CERTIFICATE-----\n${of("signed")}\n-----END CERTIFICATE-----\n`,
      };
    case "pulumi:pulumi:StackReference":
      return referred(String(args.id));
    default:
      return { certPem: of("certificate"), validityStartTime: of("beginning") };
  }
}

/** A stack's outputs as the engine returns them to another program. */
function referred(name: string): Record<string, unknown> {
  const found = references[name];
  if (found === undefined)
    throw new Error(`the program refers to ${name}, which the mocks do not support`);
  const outputs = Object.entries(found.outputs).map(([output, value]) => [
    output,
    found.secrets.includes(output) ? pulumi.secret(value) : value,
  ]);
  return { outputs: Object.fromEntries(outputs) as unknown, secretOutputNames: found.secrets };
}

await pulumi.runtime.setMocks(
  {
    newResource: (args) => ({
      id: `id of ${args.name}`,
      state: { ...(args.inputs as object), ...outputsOf(args) },
    }),
    call: ({ token }) => {
      if (token === "pulumi:pulumi:readStackOutputs") return { outputs: readEarlier() };
      throw new Error(`the program invokes ${token}, which the mocks do not support`);
    },
  },
  project,
  stack,
  mode === "preview",
  "organization",
);
pulumi.runtime.setAllConfig({ ...config });

const counter = countsOperations ? await startCounting() : undefined;
const exported = (await import(pathToFileURL(program).href)) as Record<string, unknown>;
await pulumi.runtime.disconnect();
const operations = await counter?.();

const outputs = Object.fromEntries(
  await Promise.all(
    Object.entries(exported).map(async ([name, value]) => [name, await outputOf(value)] as const),
  ),
);
writeFileSync(output, JSON.stringify({ registrations, outputs, operations }));

/**
 * Counts how often V8 runs each block of code of the project and of Pulumi's SDK, until the
 * returned function is called. Unlike time, the count is the same on a busy machine.
 */
async function startCounting(): Promise<() => Promise<number>> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return async () => {
    const { result } = await session.post("Profiler.takePreciseCoverage");
    session.disconnect();
    const counted = result.filter(({ url }) => isCounted(url));
    return counted
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
      .reduce((sum, range) => sum + range.count, 0);
  };
}

async function outputOf(value: unknown): Promise<{ value: unknown; isSecret: boolean }> {
  const resolved = pulumi.output(value);
  const isSecret = await (resolved as unknown as { isSecret: Promise<boolean> }).isSecret;
  const promise = (resolved as unknown as { promise(): Promise<unknown> }).promise();
  return { value: await promise, isSecret };
}

/** True for code of the project and of Pulumi's SDK. */
function isCounted(url: string): boolean {
  const path = url.slice(pathToFileURL(projectDir).href.length);
  return (
    url.startsWith("file:") &&
    (!path.includes("/node_modules/") || path.includes("/@pulumi/pulumi/"))
  );
}
