import { createInterface } from "node:readline/promises";
import { UserError } from "./errors.ts";
import { Interruption } from "./interruption.ts";
import type { Log } from "./log.ts";
import type { Terminal } from "./terminal.ts";

/** One run of lab: its options, its output, and its interruption. */
export interface Session {
  /** The stack: one lab. Valid as a file name. */
  readonly stack: string;
  /** Answers yes to every question. */
  readonly yes: boolean;
  readonly verbose: boolean;
  readonly log: Log;
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Whether a question must be asked: not with `--yes`.
 *
 * @throws UserError that names `--yes` if there is no terminal to ask at
 */
export function canAsk({ yes }: Pick<Session, "yes">, question: string): boolean {
  if (yes) return false;
  if (process.stdin.isTTY) return true;
  throw new UserError(
    `${question} There is no terminal to ask at; run the command again with --yes`,
  );
}

/**
 * Asks at the terminal. `--yes` answers yes. Without a terminal, this is an error that names
 * `--yes`.
 *
 * @param question ends with `?`
 * @throws Interruption if the answer is Ctrl-C or Ctrl-D
 */
export async function confirm(session: Session, question: string): Promise<boolean> {
  if (!canAsk(session, question)) return true;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  // While readline reads a terminal, Ctrl-C is a key, not a signal: Ctrl-C and Ctrl-D both close
  // the reader without an answer.
  const closed = new AbortController();
  reader.once("close", () => closed.abort());
  const signal = AbortSignal.any([session.signal, closed.signal]);
  try {
    const answer = await reader.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write("\n");
    throw new Interruption({ cause: error });
  } finally {
    reader.close();
  }
}
