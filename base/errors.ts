import { isAbsolute } from "node:path";

/** What a person needs to mend a mistake: where it is, what stands there, what should, and what to do. */
export interface Mistake {
  /** A path, a flag, a node, a file: where to look. */
  readonly place: string;
  readonly found: string;
  readonly expected: string;
  /** What to do, best as a command that can be pasted. */
  readonly remedy: string;
}

/**
 * A failure that a person can mend: `lab` prints its message alone, without a stack.
 * Everything else that is thrown is a defect of this program and keeps its stack, in the log.
 */
export class UserError extends Error {
  override readonly name = "UserError";

  constructor(mistake: Mistake | string, options?: ErrorOptions) {
    super(typeof mistake === "string" ? mistake : sentence(mistake), options);
  }
}

/** Something else than the publisher's bytes came: never a reason to turn to another source without a word. */
export class IntegrityError extends UserError {}

/** `<place>: found <found>, expected <expected>; <remedy>`, the one form of this project's errors. */
export function sentence({ place, found, expected, remedy }: Mistake): string {
  return `${place}: found ${found}, expected ${expected}; ${remedy}`;
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What to do about a file or directory that could not be written, or undefined where that is not what happened. */
export function fileRemedy(error: unknown): string | undefined {
  const elsewhere = "set HARDWAY_CACHE or HARDWAY_STATE, whichever is meant, to another directory";
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") return `make room there, or ${elsewhere}`;
  if (!["EACCES", "EPERM", "EROFS"].includes(code)) return undefined;
  // Of files alone: a process that may not be started, or ended, is another matter.
  const isFile = error instanceof Error && "path" in error && isAbsolute(String(error.path));
  return isFile ? `let this user write there, or ${elsewhere}` : undefined;
}

/** The code of a system error (`ENOENT`), or "" where there is none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return String(error.code);
}
