import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf, UserError } from "../base/errors.ts";
import { takeLock } from "../base/fileLock.ts";
import { watchInterruption } from "../base/interruption.ts";
import { openLog } from "../base/log.ts";
import { cacheDir, cachePaths, projectDir } from "../base/paths.ts";
import type { Session } from "../base/session.ts";
import { Terminal } from "../base/terminal.ts";
import { blobPath, readMirrorLock } from "../mirror/store.ts";
import { engineEnvironment } from "../tools/pulumi/engine.ts";
import { readLabConfig } from "../tools/pulumi/labConfig.ts";
import { ensureSetup } from "../tools/setup/ensure.ts";
import { openContainers } from "./containers.ts";
import { openGuests, removeGuests } from "./guests.ts";
import { type BenchLab, nodes, stackName } from "./lab.ts";
import {
  measureByHand,
  measureNoOp,
  measureOurs,
  measureShape,
  type NoOp,
  type OurTurn,
  type ShapeTurn,
  type Turn,
} from "./measure.ts";
import { awaitQuiet, describeLoad, percent } from "./quiet.ts";
import {
  type Conditions,
  type Kind,
  kinds,
  renderReport,
  renderShapes,
  replaceSection,
} from "./report.ts";
import { shapes } from "./shapes.ts";

const usage = `node bench/run.ts ${kinds.join("|")} [--runs N] [--write] [--anyway]
bench/README.md describes the measurements.
  --runs N   how often each side creates the cluster; default 3
  --write    write the tables to docs/measurements.md
  --anyway   measure even if the machine is busy; such figures are printed, never written`;

/** Every file of a bench outside the cache and the container machines' directory. */
const home = "/var/tmp/hardway-bench";

interface Options {
  readonly kind: Kind;
  readonly runs: number;
  readonly write: boolean;
  readonly anyway: boolean;
}

function readOptions(): Options {
  const options = {
    runs: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
    anyway: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  } as const;
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  const kind = kinds.find((one) => one === positionals[0]);
  const runs = Number(values.runs);
  if (values.help || kind === undefined) throw new UserError(usage);
  if (!Number.isInteger(runs) || runs < 1) {
    throw new UserError(
      `--runs: found ${values.runs}, expected a whole number of at least 1\n${usage}`,
    );
  }
  if (values.write && values.anyway) {
    throw new UserError("--write: figures of a busy machine are not written; remove --anyway");
  }
  return { kind, runs, write: values.write, anyway: values.anyway };
}

async function main(options: Options): Promise<void> {
  const log = openLog(join(cachePaths().logs, "bench.log"), `bench ${options.kind}`);
  const terminal = new Terminal(log);
  const signal = watchInterruption((line) => terminal.say(line));
  const session = { stack: stackName, yes: false, verbose: false, log, terminal, signal };
  const load = describeLoad();
  terminal.say(`load average at the start: ${load}`);
  const lock = await takeLock(home, {
    what: "bench",
    signal,
    onWait: ({ pid, since }) => {
      throw new UserError(
        `another bench is running (pid ${pid}, since ${since}); wait until it ends`,
      );
    },
  });
  // Instead of the user's directories: the stacks' state, the isolated lab, the mirror's process
  // id.
  process.env.HARDWAY_STATE = join(home, "state");
  const clear = async () => {
    await removeGuests(session);
    await rm(home, { recursive: true, force: true });
  };
  try {
    await clear();
    await mkdir(home, { mode: 0o700 });
    await prepare(session);
    const report = await reportOf(session, options, load);
    process.stdout.write(`${report}\n`);
    if (options.write) await write(options.kind, report);
  } catch (error) {
    // The interrupted operation reports an error too.
    signal.throwIfAborted();
    throw error;
  } finally {
    await clear();
    await lock.release();
  }
}

/**
 * Installs the dependencies of end-to-end tests, and gives this process the program's environment.
 */
async function prepare(session: Session): Promise<void> {
  const config = await readLabConfig("dev");
  await ensureSetup(session, ["engine", "machines", "nodes", "tests"], config);
  Object.assign(process.env, await engineEnvironment(session, config));
  // Reads the files once, so that the first run does not include the disk's time.
  const { artifacts } = await readMirrorLock(cacheDir());
  for (const { sha256 } of Object.values(artifacts)) await readFile(blobPath(cacheDir(), sha256));
}

/** Measures on an idle machine; returns the section for docs/measurements.md. */
async function reportOf(
  session: Session,
  { kind, runs, anyway }: Options,
  load: string,
): Promise<string> {
  const { signal, terminal } = session;
  let busy = 0;
  const quiet = async () => {
    busy = Math.max(busy, await awaitQuiet({ withinSeconds: 120, anyway, signal }));
  };
  const bench: Bench = {
    runs,
    turn: async (what, open, body) => {
      signal.throwIfAborted();
      const lab = await open();
      try {
        await quiet();
        terminal.say(`${what}: ${(await body(lab)).toFixed(1)} s`);
      } finally {
        await lab.stop();
      }
    },
  };
  const render =
    kind === "shapes" ? await measureShapes(bench) : await measureSides(bench, session, kind);
  // A process that started during the last run and still runs is reported too.
  await quiet();
  const date = new Date().toISOString().slice(0, 10);
  const report = render({ date, host: describeHost(), load, busy });
  if (!anyway) return report;
  return `${report}\n\nMeasured with --anyway while other processes used ${percent(busy)} of the CPU: only a check that the bench works.`;
}

interface Bench {
  readonly runs: number;
  /**
   * Runs one measurement on separate machines once the CPUs are idle; `body` returns its seconds.
   */
  readonly turn: (
    what: string,
    open: () => Promise<BenchLab>,
    body: (lab: BenchLab) => Promise<number>,
  ) => Promise<void>;
}

/** Each side creates the cluster `runs` times, and both start equally often. */
async function measureSides(
  { runs, turn }: Bench,
  session: Session,
  kind: "containers" | "guests",
): Promise<(conditions: Conditions) => string> {
  const ours: OurTurn[] = [];
  const byHand: Turn[] = [];
  const noOps: NoOp[] = [];
  const open = () => (kind === "guests" ? openGuests(session, home) : openContainers({ nodes }));
  const sides = {
    ours: async (lab: BenchLab) => {
      const made = await measureOurs(lab);
      ours.push(made.turn);
      await lab.guests?.learn();
      // Emulated machines use CPU time even when idle, which would be measured.
      if (kind === "containers") noOps.push(await measureNoOp(lab, made.stack));
      return made.turn.seconds;
    },
    "by hand": async (lab: BenchLab) => {
      const made = await measureByHand(lab, session.signal);
      byHand.push(made);
      return made.seconds;
    },
  };
  for (let run = 0; run < runs; run += 1) {
    // The program comes first: its first run determines the machines of the reference.
    const order = ["ours", "by hand"] as const;
    for (const side of run % 2 === 0 ? order : order.toReversed()) {
      await turn(side, open, sides[side]);
    }
  }
  return (conditions) => renderReport(kind, { ours, byHand, noOps }, conditions);
}

/** Measures each shape `runs` times. */
async function measureShapes({ runs, turn }: Bench): Promise<(conditions: Conditions) => string> {
  const results = shapes.map((shape) => ({ shape, turns: [] as ShapeTurn[] }));
  for (let run = 0; run < runs; run += 1) {
    for (const { shape, turns } of results) {
      const open = () => openContainers(shape);
      await turn(shape.title, open, async (lab) => {
        const made = await measureShape(lab);
        turns.push(made);
        return made.seconds;
      });
    }
  }
  return (conditions) => renderShapes(results, conditions);
}

/** One line about the machine that measures. */
function describeHost(): string {
  const gibibytes = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model ?? "unknown processor";
  return `${availableParallelism()} × ${model}, ${gibibytes} GiB, Linux ${release()}`;
}

async function write(kind: Kind, report: string): Promise<void> {
  const file = join(projectDir, "docs", "measurements.md");
  await writeFile(file, replaceSection(await readFile(file, "utf8"), kind, report));
}

try {
  await main(readOptions());
} catch (error) {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
