import type { Lab, LabNode } from "../model/lab.ts";

/** What a person wants of a node's machine besides Kubernetes. */
export interface SystemPlan {
  /** A name of the IANA time zone database; the machine keeps its own unless given. */
  readonly timeZone?: string;
  readonly users: readonly UserPlan[];
  readonly files: readonly FilePlan[];
}

/** A Linux user, who has no password. */
export interface UserPlan {
  readonly name: string;
  readonly authorizedKeys: readonly string[];
  /** May do everything as root. */
  readonly sudo: boolean;
  /** Besides one of the user's own. */
  readonly groups: readonly string[];
  readonly shell: string;
}

export interface FilePlan {
  readonly path: string;
  /** Ends with the end of a line. */
  readonly text: string;
  /** Three octal digits. */
  readonly mode: string;
  /** `user:group`. */
  readonly owner: string;
  /** Whether others may not read it: then its text is shown to nobody else either. */
  readonly isSecret: boolean;
}

/** Undefined where nothing is wanted. */
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
      mode: mode.slice(-3),
      owner,
      isSecret: (Number(mode.slice(-1)) & 4) === 0,
    })),
  };
}

const wholeLines = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);
