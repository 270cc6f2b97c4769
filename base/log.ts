import { appendFileSync, chmodSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { fileRemedy, messageOf, UserError } from "./errors.ts";
import { secretFilter, withoutSecrets } from "./secrets.ts";

/** The log file of lab's own output, the commands it runs and their output. */
export interface Log {
  readonly path: string;
  /** Appends text, with a newline if it has none. Never throws; reports a failure once. */
  write(text: string): void;
}

const rotateBytes = 10 * 1024 * 1024;

/**
 * Opens a log for one run of lab. A log larger than 10 MiB is first renamed to `<path>.1`. Values
 * that look like secrets are left out, and only the user can read the log: not every secret looks
 * like one.
 *
 * @throws UserError if the log cannot be written
 */
export function openLog(path: string, heading: string): Log {
  // Synchronous appends survive a kill, and lines of two runs do not mix.
  const append = (text: string) =>
    appendFileSync(path, text.endsWith("\n") ? text : `${text}\n`, { mode: 0o600 });
  try {
    makeRoom(path);
    const begin = `--- ${new Date().toISOString()} pid ${process.pid}: `;
    append(`${begin}${withoutSecrets(heading)}`);
  } catch (error) {
    throw notWritable(path, error);
  }
  let isReported = false;
  const filtered = secretFilter();
  const write = (text: string) => {
    try {
      append(filtered(text));
    } catch (error) {
      // Lab goes on without a log, above all while it reports another error.
      if (!isReported) process.stderr.write(`lab: ${messageOf(notWritable(path, error))}\n`);
      isReported = true;
    }
  };
  return { path, write };
}

/** Creates the log's directory, rotates a large log, and makes both files private. */
function makeRoom(path: string): void {
  const directory = dirname(path);
  // Only the log's own directory is private; its parents keep their modes.
  mkdirSync(dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const before = `${path}.1`;
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > rotateBytes) renameSync(path, before);
  // Earlier versions of lab left logs readable by all. A link to /dev/null is not a file.
  for (const file of [path, before]) {
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) chmodSync(file, 0o600);
  }
}

function notWritable(path: string, error: unknown): UserError {
  return new UserError({
    place: path,
    found: messageOf(error),
    expected: "a log that can be written",
    remedy: fileRemedy(error) ?? "check the file at this path",
  });
}
