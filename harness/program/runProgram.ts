import { createHash, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { projectDir } from "../../base/paths.ts";
import { artifacts } from "../../model/versions.ts";
import type { Recording, Registration } from "./recordProgram.ts";

export type { Registration } from "./recordProgram.ts";

/** The registrations and results of one run of the program. */
export interface ProgramRun {
  /** The warnings that the user sees besides the changes. */
  readonly warnings: string;
  readonly registrations: readonly Registration[];
  readonly outputs: Readonly<
    Record<string, { readonly value: unknown; readonly isSecret: boolean }>
  >;
  /**
   * How many blocks of code ran between the import of the program and its last registration; only
   * with `countsOperations`.
   */
  readonly operations?: number;
}

export interface ProgramArgs {
  /** What a user would write under `hardway:cluster`. */
  readonly cluster: unknown;
  readonly stack?: string;
  readonly mode?: "preview" | "update";
  /** The outputs of the stack's last update, or the engine's error if they cannot be read. */
  readonly earlier?: Readonly<Record<string, unknown>> | { readonly unreadable: string };
  /** Counting takes about twice the time. @default false */
  readonly countsOperations?: boolean;
}

/** Names the directory of recordings that `shareRecordings.ts` makes for one run of the tests. */
export const recordingsVariable = "HARDWAY_TEST_RECORDINGS";

/** Runs the whole program under mocks in a separate process. */
export function runProgram({
  cluster,
  stack = "dev",
  mode = "update",
  earlier = {},
  countsOperations = false,
}: ProgramArgs): Promise<ProgramRun> {
  return recorded({
    program: join(projectDir, "index.ts"),
    project: "hardway",
    stack,
    mode,
    config: { "hardway:cluster": JSON.stringify(cluster) },
    earlier,
    references: {},
    countsOperations,
  });
}

/** Runs a program that uses a lab under mocks: its stack is called `test`. */
export function runExample(
  example: Pick<Recording, "program" | "project" | "config" | "references"> &
    Partial<Pick<Recording, "mode">>,
): Promise<ProgramRun> {
  return recorded({
    mode: "update",
    ...example,
    stack: "test",
    earlier: {},
    countsOperations: false,
  });
}

/** Runs the program, or returns an earlier run with the same arguments if recordings are shared. */
async function recorded(recording: Recording): Promise<ProgramRun> {
  const shared = process.env[recordingsVariable];
  if (shared === undefined) return record(recording);
  const key = createHash("sha256").update(JSON.stringify(recording)).digest("hex");
  const file = join(shared, `${key}.json`);
  const known = await readFile(file, "utf8").catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as ProgramRun;
  const run = await record(recording);
  // Renamed, so that another worker never reads half a file.
  const partial = `${file}.${process.pid}.${randomUUID()}`;
  await writeFile(partial, JSON.stringify(run));
  await rename(partial, file);
  return run;
}

async function record(recording: Recording): Promise<ProgramRun> {
  const directory = await mkdtemp(join(tmpdir(), "hardway-program-"));
  try {
    const output = join(directory, "run.json");
    const lock = join(directory, "lock.json");
    const image = join(directory, "0123456789abcdef", "debian-12.qcow2");
    await writeFile(lock, JSON.stringify(lockOf()));
    await mkdir(dirname(image));
    await writeFile(image, Buffer.concat([Buffer.from("QFI\xfb", "latin1"), Buffer.alloc(508)]));
    const { stderr } = await execa(
      process.execPath,
      [join(import.meta.dirname, "recordProgram.ts"), output, JSON.stringify(recording)],
      {
        cwd: projectDir,
        env: {
          HARDWAY_LOCK: lock,
          HARDWAY_STATE: directory,
          HARDWAY_DOMAIN_TYPE: "qemu",
          HARDWAY_BASE_IMAGE: image,
        },
      },
    );
    const run = JSON.parse(await readFile(output, "utf8")) as Omit<ProgramRun, "warnings">;
    return { ...run, warnings: stderr };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A mirror's lock file with a checksum for every artifact. */
function lockOf() {
  const entries = Object.entries(artifacts).map(([name, { version, file }], index) => [
    `${name}@${version}`,
    { file, sha256: String(index).padStart(64, "0"), size: 1, source: "built" },
  ]);
  return { artifacts: Object.fromEntries(entries) as unknown, images: {} };
}
