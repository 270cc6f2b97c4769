import { appendFileSync, chmodSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { fileRemedy, messageOf, UserError } from "./errors.ts";

/** One file that gets everything: what lab said, what it ran, what the tools printed. Errors point to it. */
export interface Log {
  readonly path: string;
  /** Appends text as it is; a newline is added where there is none. Never throws: what can't be logged is told once. */
  write(text: string): void;
}

const rotateBytes = 10 * 1024 * 1024;

/**
 * Opens a log for one run of lab. The file before it is kept as `<path>.1` once it is larger than 10 MiB. Both are the
 * person's alone: what tools print may be secret, and so may what a person wrote into a config.
 *
 * @throws UserError where it can't be written
 */
export function openLog(path: string, heading: string): Log {
  // Synchronous appends: nothing is lost when the process is killed, and two runs interleave by whole lines.
  const append = (text: string) =>
    appendFileSync(path, text.endsWith("\n") ? text : `${text}\n`, { mode: 0o600 });
  try {
    makeRoom(path);
    append(`--- ${new Date().toISOString()} pid ${process.pid}: ${heading}`);
  } catch (error) {
    throw notWritable(path, error);
  }
  let isTold = false;
  const write = (text: string) => {
    try {
      append(text);
    } catch (error) {
      // What lab does and tells matters more than its log, most of all while it tells what went wrong.
      if (!isTold) process.stderr.write(`lab: ${messageOf(notWritable(path, error))}\n`);
      isTold = true;
    }
  };
  return { path, write };
}

/** The log's directory is there; the log is not too large, and nobody else's to read. */
function makeRoom(path: string): void {
  const directory = dirname(path);
  // What else stands in the cache or the state has a mode of its own.
  mkdirSync(dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const before = `${path}.1`;
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > rotateBytes) renameSync(path, before);
  // A file that is there keeps its mode: lab once let everybody read it. A link to /dev/null is none.
  for (const file of [path, before]) {
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) chmodSync(file, 0o600);
  }
}

function notWritable(path: string, error: unknown): UserError {
  return new UserError({
    place: path,
    found: messageOf(error),
    expected: "a log that can be written",
    remedy: fileRemedy(error) ?? "look at what stands there",
  });
}
