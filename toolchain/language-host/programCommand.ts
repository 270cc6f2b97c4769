import { inspectGuard } from "./inspectGuard.ts";
import type { RuntimeOptions } from "./runtimeOptions.ts";

/** The engine's request to run a program. */
export interface ProgramRequest {
  readonly monitorAddress: string;
  readonly engineAddress: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly rootDirectory: string;
  readonly programDirectory: string;
  /** The program's file or directory, relative to `programDirectory`: `index.ts`, `.`. */
  readonly entryPoint: string;
  readonly args: readonly string[];
  readonly parallel: number;
  readonly isPreview: boolean;
  /** By `namespace:name`; values, including secrets, are in plain text. */
  readonly config: ReadonlyMap<string, string>;
  readonly configSecretKeys: readonly string[];
}

/**
 * Node's arguments that run a program through `@pulumi/pulumi/cmd/run`.
 *
 * The official host adds a proxy before the monitor and a pair of FIFOs (`--sync`) for synchronous
 * invokes, which SDKs no longer use. Here the program connects to the engine's monitor directly.
 */
export function programArguments(
  request: ProgramRequest,
  { runModule, options }: { runModule: string; options: RuntimeOptions },
): string[] {
  const flags: readonly (readonly [string, string])[] = [
    ["monitor", request.monitorAddress],
    ["engine", request.engineAddress],
    ["organization", request.organization],
    ["project", request.project],
    ["root-directory", request.rootDirectory],
    ["stack", request.stack],
    ["pwd", request.programDirectory],
  ];
  return [
    ...options.nodeargs,
    // Any --import would disable the SDK's own loading of TypeScript.
    ...(options.typescript ? [] : inspectGuard),
    runModule,
    ...flags.flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
    ...(request.isPreview ? ["--dry-run"] : []),
    "--parallel",
    String(request.parallel),
    request.entryPoint,
    ...request.args,
  ];
}

/** The variables that a program gets besides the host's environment. */
export function programEnvironment(
  request: ProgramRequest,
  options: RuntimeOptions,
): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(
      Object.fromEntries([...request.config].map(([key, value]) => [longKey(key), value])),
    ),
    // The SDK compares these keys in the short form.
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.configSecretKeys),
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}

/** `ns:name` in the form of old SDKs, `ns:config:name`; new ones read both. */
function longKey(key: string): string {
  const [namespace = "", ...rest] = key.split(":");
  return `${namespace}:config:${(rest.length > 1 ? rest.slice(1) : rest).join(":")}`;
}
