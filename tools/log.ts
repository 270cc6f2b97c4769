import { appendFileSync, chmodSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Invocation } from "./commands/command.ts";

/** One file that gets everything: what lab said, what it ran, what the tools printed. Errors point to it. */
export interface Log {
  readonly path: string;
  /** Appends text as it is; a newline is added where there is none. */
  write(text: string): void;
}

const rotateBytes = 10 * 1024 * 1024;

/**
 * Opens a log for one run of lab. The file before it is kept as `<path>.1` once it is larger than 10 MiB. Both are the
 * person's alone: what tools print may be secret, and so may what a person wrote into a config.
 */
export function openLog(path: string, heading: string): Log {
  const directory = dirname(path);
  // What else stands in the cache or the state has a mode of its own.
  mkdirSync(dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const before = `${path}.1`;
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > rotateBytes) renameSync(path, before);
  // A file that is there keeps its mode: lab once let everybody read it.
  for (const file of [path, before]) if (existsSync(file)) chmodSync(file, 0o600);
  // Synchronous appends: nothing is lost when the process is killed, and two runs interleave by whole lines.
  const write = (text: string) =>
    appendFileSync(path, text.endsWith("\n") ? text : `${text}\n`, { mode: 0o600 });
  write(`--- ${new Date().toISOString()} pid ${process.pid}: ${heading}`);
  return { path, write };
}

/** What was typed, as a log may have it: the words for another program (kubectl, ssh, pulumi) may hold secrets. */
export function headingOf(argv: readonly string[], { rest }: Pick<Invocation, "rest">): string {
  const own = argv.slice(0, argv.length - rest.length);
  return ["./lab", ...own, ...(rest.length > 0 ? ["…"] : [])].join(" ");
}
