import type { Session } from "../../../base/session.ts";

/** An option of one command. A string option names its value in the help. */
export interface CommandOption {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** `DIR`, `NAME`: only for a string. */
  readonly value?: string;
  readonly help: string;
}

/** What was typed behind a command's name. */
export interface Invocation {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
  /** Everything behind `--`, or behind the name of a command that takes all. */
  readonly rest: readonly string[];
}

export interface Command {
  /** Behind `./lab`: `up [options] [-- PULUMI-OPTIONS]`. */
  readonly usage: string;
  /** What it does, for `--help`; lines of at most 100 characters. */
  readonly help: string;
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** How many words it takes besides options; none unless given. */
  readonly words?: readonly [least: number, most: number];
  /** What the words are, for errors: `NODE`. */
  readonly wordsAre?: string;
  /** True where everything behind the name belongs to another program, options too. */
  readonly takesAll?: boolean;
  /** True where `--` and what is behind it are passed on. */
  readonly takesRest?: boolean;
  /** True where everything behind the first word is another program's, with or without `--`. */
  readonly takesAllBehindWord?: boolean;
  /** `lab`: what it does is logged in the lab's own log; else in the cache's. */
  readonly log?: "lab";
  /** Returns the exit code. @throws PersonError for whatever a person can mend */
  run(session: Session, invocation: Invocation): Promise<number>;
}
