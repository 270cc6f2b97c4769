import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { UserError } from "../../base/errors.ts";
import { cachePaths, projectDir } from "../../base/paths.ts";

export interface TestStackOptions {
  readonly name: string;
  /** The directory for state, config and passphrase, removed together with the lab. */
  readonly directory: string;
  /** A command prefix that runs a command in the nodes' network. */
  readonly enter: readonly string[];
  /** `hardway:cluster`; not needed for a program that reads no config. */
  readonly cluster?: unknown;
  /** The directory of another program; by default this project's. */
  readonly program?: string;
}

/** The number of resources by operation: `{same: 40, update: 1}`. */
export type Changes = Readonly<Record<string, number>>;

/** A preview's operation on one resource. */
export interface PreviewStep {
  /** `create`, `update`, `replace`, `delete`, …; unchanged resources are omitted. */
  readonly op: string;
  readonly type: string;
  readonly name: string;
}

/**
 * A stack of this project's program (or of another one) with a separate backend, run by the pulumi
 * on PATH. The environment is the one that `./lab` gives the program (PULUMI_HOME, HARDWAY_LOCK and
 * so on); `./lab test e2e` runs the tests in it.
 */
export class TestStack {
  readonly #options: TestStackOptions;
  readonly #program: string;
  readonly #log: string;

  private constructor(options: TestStackOptions) {
    this.#options = options;
    this.#program = options.program ?? projectDir;
    this.#log = join(cachePaths().logs, `e2e-${options.name}.log`);
  }

  static async create(options: TestStackOptions): Promise<TestStack> {
    if (!process.env.PULUMI_HOME) {
      throw new UserError({
        place: "PULUMI_HOME",
        found: "nothing",
        expected: "the program's environment",
        remedy: "run these tests with ./lab test e2e, or in ./lab shell",
      });
    }
    const stack = new TestStack(options);
    await mkdir(join(options.directory, "pulumi"), { recursive: true });
    await mkdir(cachePaths().logs, { recursive: true });
    await writeFile(join(options.directory, "passphrase"), randomBytes(24).toString("hex"));
    // `stack init` writes the salt of the stack's secrets beside the project file in its working
    // directory, so it gets a separate project file.
    await copyFile(join(stack.#program, "Pulumi.yaml"), join(options.directory, "Pulumi.yaml"));
    await stack.#pulumi(["stack", "init", options.name, "--no-select"]);
    if (options.cluster !== undefined) await stack.configure(options.cluster);
    return stack;
  }

  get #configFile(): string {
    return join(this.#options.directory, `Pulumi.${this.#options.name}.yaml`);
  }

  /** Replaces `hardway:cluster`. The salt of the stack's secrets stays. */
  async configure(cluster: unknown): Promise<void> {
    const before = await readFile(this.#configFile, "utf8").catch(() => "");
    const salt = /^encryptionsalt: .*$/m.exec(before)?.[0] ?? "";
    const config = stringify({ config: { "hardway:cluster": cluster } });
    await writeFile(this.#configFile, `${salt}\n${config}`);
  }

  async up(): Promise<Changes> {
    await this.update();
    return this.#lastChanges();
  }

  /** Runs only `pulumi up`. */
  async update(): Promise<void> {
    await this.#pulumi(["up", "--yes", "--skip-preview", "--non-interactive"]);
  }

  /** The operations that `up` would perform. */
  async preview(): Promise<PreviewStep[]> {
    const text = await this.#pulumi(["preview", "--json", "--non-interactive"]);
    const { steps = [] } = JSON.parse(text) as { steps?: { op: string; urn: string }[] };
    return steps
      .filter(({ op }) => op !== "same" && op !== "read")
      .map(({ op, urn }) => {
        const [, , types = "", name = ""] = urn.split("::");
        return { op, type: types.split("$").at(-1) ?? "", name };
      });
  }

  /** Removes all resources, including protected ones. */
  async destroy(): Promise<Changes> {
    await this.#pulumi(["state", "unprotect", "--all", "--yes"]);
    await this.#pulumi(["destroy", "--yes", "--skip-preview", "--non-interactive"]);
    return this.#lastChanges();
  }

  /** An output as text, with secrets in plain text. */
  async output(name: string): Promise<string> {
    return this.#pulumi(["stack", "output", name, "--show-secrets"]);
  }

  /** Number of resources in the state, components and providers included. */
  async resources(): Promise<number> {
    return (await this.resourceNames()).length;
  }

  /** The names of all resources in the state, including components: `worker-1-kubelet`. */
  async resourceNames(): Promise<string[]> {
    const text = await this.#pulumi(["stack", "export"]);
    const state = JSON.parse(text) as { deployment: { resources?: { urn: string }[] } };
    return (state.deployment.resources ?? []).map(({ urn }) => urn.split("::").at(-1) ?? "");
  }

  /** Changes a resource's outputs in the state, for effects that otherwise take a month. */
  async pretend(name: string, outputs: Readonly<Record<string, unknown>>): Promise<void> {
    const state = JSON.parse(await this.#pulumi(["stack", "export"])) as {
      deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] };
    };
    const resource = state.deployment.resources.find(({ urn }) => urn.endsWith(`::${name}`));
    if (resource === undefined) throw new Error(`the state has no ${name}`);
    resource.outputs = { ...resource.outputs, ...outputs };
    const file = join(this.#options.directory, "state.json");
    await writeFile(file, JSON.stringify(state), { mode: 0o600 });
    await this.#pulumi(["stack", "import", "--file", file]);
  }

  async #lastChanges(): Promise<Changes> {
    const text = await this.#pulumi(["stack", "history", "--json", "--page-size", "1"]);
    const [last] = JSON.parse(text) as { resourceChanges?: Changes }[];
    return last?.resourceChanges ?? {};
  }

  async #pulumi(args: readonly string[]): Promise<string> {
    const { directory, enter, name } = this.#options;
    const takesConfig = ["up", "preview", "destroy"].includes(args[0] ?? "");
    const isInit = args[1] === "init";
    const stack = isInit ? [] : ["--stack", name];
    const config = takesConfig ? ["--config-file", this.#configFile] : [];
    // Entering a mount namespace resets the working directory.
    const place = `--chdir=${isInit ? directory : this.#program}`;
    const argv = [...enter, "env", place, "pulumi", ...args, ...stack, ...config];
    const child = execa(argv[0] ?? "", argv.slice(1), {
      stdin: "ignore",
      reject: false,
      maxBuffer: 256 * 1024 * 1024,
      env: {
        PULUMI_BACKEND_URL: `file://${join(directory, "pulumi")}`,
        PULUMI_CONFIG_PASSPHRASE: undefined,
        PULUMI_CONFIG_PASSPHRASE_FILE: join(directory, "passphrase"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        HARDWAY_STATE: join(directory, "state"),
      },
    });
    const log = createWriteStream(this.#log, { flags: "a", mode: 0o600 });
    log.write(`\n$ pulumi ${args.join(" ")}\n`);
    // Standard output may contain secrets (`stack output`) or a whole state.
    const isQuiet = args[0] === "stack";
    if (!isQuiet) child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const { exitCode, stdout, stderr } = await child;
    log.end();
    if (exitCode === 0) return stdout;
    // The reason precedes the outputs, which are long.
    const said = isQuiet ? "" : stdout.replace(/^Outputs:\n(?: .*\n|\n)*/m, "");
    const tail = `${said}\n${stderr}`.trim().split("\n").slice(-40).join("\n");
    throw new Error(`pulumi ${args[0]} ended with ${exitCode} (log: ${this.#log}):\n${tail}`);
  }
}
