import type { ProgramRun, Registration } from "./runProgram.ts";

/** A file that a step places, from its script or from standard input. */
export interface PlacedFile {
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  readonly text: string;
  readonly isSecret: boolean;
}

export interface NodeStep {
  /** The resource's name: `worker-1-kubelet`. */
  readonly resource: string;
  /** The step's name: `kubelet`. */
  readonly name: string;
  /** The address of its machine. */
  readonly machine: string;
  /** Its `create` without the lines around every step and without the texts of files. */
  readonly script: string;
  readonly delete: string;
  readonly files: readonly PlacedFile[];
  /** Target → source; sources inside an artifact are absolute. */
  readonly links: ReadonlyMap<string, string>;
  /** Directories that it creates by name. */
  readonly directories: readonly string[];
  readonly converges: readonly { readonly unit: string; readonly reads: readonly string[] }[];
  /** The steps on the same machine that it depends on, directly or indirectly. */
  readonly earlier: readonly NodeStep[];
}

/** Every step of the program, parsed from the scripts that would run on the nodes. */
export function nodeSteps(run: ProgramRun): NodeStep[] {
  const byUrn = new Map(run.registrations.map((one) => [one.urn, one]));
  const steps = new Map<string, NodeStep>();
  const commands = run.registrations.filter(({ type }) => type === "command:remote:Command");
  for (const command of commands) {
    const earlier: NodeStep[] = [];
    // Filled in below, because a step may be registered before its dependencies.
    steps.set(command.urn, { ...readStep(command), earlier });
  }
  for (const [urn, step] of steps) {
    const before = [...reachable(byUrn, urn)].flatMap((other) => steps.get(other) ?? []);
    (step.earlier as NodeStep[]).push(...before.filter(({ machine }) => machine === step.machine));
  }
  return [...steps.values()];
}

function reachable(byUrn: ReadonlyMap<string, Registration>, from: string): Set<string> {
  const reached = new Set<string>();
  const ahead = [...(byUrn.get(from)?.dependencies ?? [])];
  for (let urn = ahead.pop(); urn !== undefined; urn = ahead.pop()) {
    if (!reached.has(urn)) {
      reached.add(urn);
      ahead.push(...(byUrn.get(urn)?.dependencies ?? []));
    }
  }
  return reached;
}

function readStep({ name: resource, inputs }: Registration): Omit<NodeStep, "earlier"> {
  const { host } = plain(inputs.connection) as { host: string };
  const { script, files } = takeFiles(bodyOf(String(inputs.create)));
  return {
    resource,
    name: /^exec .*bash .* (\S+)$/m.exec(String(inputs.create))?.[1] ?? "",
    machine: host,
    script,
    delete: typeof inputs.delete === "string" ? bodyOf(inputs.delete) : "",
    files: [...secretsOf(plain(inputs.stdin)), ...files],
    links: linksOf(script),
    directories: [...script.matchAll(/^(?:mkdir|install --directory) .*?(\/\S+)$/gm)].map(
      ([, path = ""]) => path,
    ),
    converges: [...script.matchAll(/^(?:reload=yes )?converge (\S+) \d+ \S+ (.*)$/gm)].map(
      ([, unit = "", reads = ""]) => ({ unit, reads: reads.split(" ") }),
    ),
  };
}

/** A script's files, and the script without their texts. */
export function takeFiles(create: string): { script: string; files: PlacedFile[] } {
  const files: PlacedFile[] = [];
  const script = create.replace(
    /^ *put (\d+) (\S+) (\S+) <<'?END'?\n([\s\S]*?)^END$/gm,
    (_, mode: string, owner: string, path: string, text: string) => {
      files.push({ path, mode, owner, text, isSecret: false });
      return `put ${mode} ${owner} ${path}`;
    },
  );
  return { script, files };
}

/** A step's own lines: without those around every step, and without the library. */
function bodyOf(command: string): string {
  const [, body = ""] = /<<'STEP'\n([\s\S]*?)\nSTEP\n/.exec(command) ?? [];
  return body.replace(/^[\s\S]*?^\. \/opt\/hardway\/step\.sh$\n/m, "");
}

/** The value in a secret's envelope. */
function plain(value: unknown): unknown {
  return typeof value === "object" && value !== null && "value" in value ? value.value : value;
}

function secretsOf(stdin: unknown): PlacedFile[] {
  if (typeof stdin !== "string") {
    return [];
  }
  return [...stdin.matchAll(/^(\d+) (\S+) (\S+) "(.*)"$/gm)].map(
    ([, mode = "", owner = "", path = "", text = ""]) => ({
      path,
      mode,
      owner,
      text: text.replace(/\\(\\|n)/g, (_, escaped) => (escaped === "n" ? "\n" : "\\")),
      isSecret: true,
    }),
  );
}

function linksOf(script: string): Map<string, string> {
  const links = new Map<string, string>();
  let home = "";
  for (const line of script.split("\n")) {
    const [, name, version, sha256] = /^provide (\S+) (\S+) ([0-9a-f]{64}) /.exec(line) ?? [];
    if (name !== undefined) {
      home = `/opt/hardway/bin/${name}/${version ?? ""}-${(sha256 ?? "").slice(0, 12)}`;
    }
    const [, source, target] = /^\s*link "?([^"\s]+)"? (\S+)$/.exec(line) ?? [];
    if (source !== undefined && target !== undefined) {
      links.set(target, source.replace("$home", home));
    }
  }
  return links;
}
