import { fileModeText, isReadableByAll } from "../model/fileMode.ts";
import type { Lab, LabNode } from "../model/lab.ts";

/** A machine's settings that Kubernetes does not need. */
export interface SystemPlan {
  /** A name in the IANA time zone database; the machine's own if unset. */
  readonly timeZone?: string;
  readonly users: readonly UserPlan[];
  readonly files: readonly FilePlan[];
}

/** A Linux user without a password. */
export interface UserPlan {
  readonly name: string;
  readonly authorizedKeys: readonly string[];
  /** Whether the user may run any command as root. */
  readonly sudo: boolean;
  /** Groups in addition to the user's primary group. */
  readonly groups: readonly string[];
  readonly shell: string;
}

export interface FilePlan {
  readonly path: string;
  /** Ends with a newline. */
  readonly text: string;
  /** Three octal digits. */
  readonly mode: string;
  /** `user:group`. */
  readonly owner: string;
  /** Whether other users cannot read the file; its text is then secret. */
  readonly isSecret: boolean;
}

/** Undefined if nothing is configured. */
export function planSystem(
  { texts }: Lab,
  { timeZone, users = {}, files = {} }: LabNode,
): SystemPlan | undefined {
  if (timeZone === undefined && Object.keys({ ...users, ...files }).length === 0) {
    return undefined;
  }
  return {
    ...(timeZone === undefined ? {} : { timeZone }),
    users: Object.entries(users).map(([name, { authorizedKeys, sudo, groups, shell }]) => ({
      name,
      authorizedKeys: authorizedKeys.map((key) => key.trim()),
      sudo,
      groups,
      shell,
    })),
    files: Object.entries(files).map(([path, { content, from = "", mode, owner }]) => ({
      path,
      text: wholeLines(content ?? texts[from] ?? ""),
      mode: fileModeText(mode),
      owner,
      isSecret: !isReadableByAll(mode),
    })),
  };
}

const wholeLines = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);
