import { createInterface } from "node:readline/promises";
import type { Log } from "./log.ts";
import { PersonError } from "./personError.ts";
import type { Terminal } from "./terminal.ts";

/** One run of lab: what was asked for, where it is told, and whether it shall stop. */
export interface Session {
  /** The stack: one lab. Valid as a file name. */
  readonly stack: string;
  /** Answers every question with yes. */
  readonly yes: boolean;
  readonly verbose: boolean;
  readonly log: Log;
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Asks at the terminal. `--yes` answers yes; where there is nobody to ask, it is an error that names `--yes`.
 *
 * @param question ends with `?`
 */
export async function confirm(session: Session, question: string): Promise<boolean> {
  if (session.yes) return true;
  if (!process.stdin.isTTY) {
    throw new PersonError(`${question} There is no terminal to ask at; run it again with --yes`);
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`${question} [y/N] `, { signal: session.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}
