import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** One file that gets everything: what lab said, what it ran, what the tools printed. Errors point to it. */
export interface Log {
  readonly path: string;
  /** Appends text as it is; a newline is added where there is none. */
  write(text: string): void;
}

const rotateBytes = 10 * 1024 * 1024;

/** Opens a log for one run of lab. The file before it is kept as `<path>.1` once it is larger than 10 MiB. */
export function openLog(path: string, heading: string): Log {
  mkdirSync(dirname(path), { recursive: true });
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > rotateBytes) renameSync(path, `${path}.1`);
  // Synchronous appends: nothing is lost when the process is killed, and two runs interleave by whole lines.
  const write = (text: string) => appendFileSync(path, text.endsWith("\n") ? text : `${text}\n`);
  write(`--- ${new Date().toISOString()} pid ${process.pid}: ${heading}`);
  return { path, write };
}
