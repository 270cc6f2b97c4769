import { isAbsolute } from "node:path";
import { withoutSecrets } from "./secrets.ts";
import { shortened } from "./wording.ts";

/** What a user needs to fix a mistake. */
export interface Mistake {
  /** A path, a flag, a node or a file. */
  readonly place: string;
  readonly found: string;
  readonly expected: string;
  /** What to do; best, a command that can be pasted. */
  readonly remedy: string;
}

/** In characters. No terminal shows more on one screen. */
export const longestMessage = 16_000;

/**
 * A failure that the user can fix: `lab` prints only its message, without a stack. Any other error
 * is a defect of this program; its stack goes to the log.
 */
export class UserError extends Error {
  override readonly name = "UserError";

  constructor(mistake: Mistake | string, options?: ErrorOptions) {
    const message = typeof mistake === "string" ? mistake : sentence(mistake);
    super(shortened(withoutSecrets(message), longestMessage), options);
  }
}

/** The bytes received are not the publisher's. Another source is never tried silently. */
export class IntegrityError extends UserError {}

/** The form of every error of this project. */
export function sentence({ place, found, expected, remedy }: Mistake): string {
  return `${place}: found ${found}, expected ${expected}; ${remedy}`;
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What to do about a file or directory that cannot be written; undefined for any other error. */
export function fileRemedy(error: unknown): string | undefined {
  const elsewhere = "set HARDWAY_CACHE or HARDWAY_STATE to another directory";
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") return `free some space there, or ${elsewhere}`;
  if (!["EACCES", "EPERM", "EROFS"].includes(code)) return undefined;
  // A process that cannot be started or signalled has the same codes, but no path.
  const isFile = error instanceof Error && "path" in error && isAbsolute(String(error.path));
  return isFile ? `make it writable for this user, or ${elsewhere}` : undefined;
}

/** The code of a system error (`ENOENT`), or "". */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return String(error.code);
}
