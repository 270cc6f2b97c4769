/** Tells the person how far a part is: `report("built 3 of 7")`. Short, present tense, no newline. */
export type Report = (message: string) => void;

/** What `bring` gets from the orchestrator. */
export interface BringContext {
  readonly report: Report;
  /** Aborted on Ctrl-C: pass it to children and fetches; leave nothing half-made under a final name. */
  readonly signal: AbortSignal;
  /** Where the output of tools goes; errors point to it. Append only. */
  readonly log: string;
}

/**
 * One thing that setup brings to this machine from one source.
 *
 * `present` is quick (a stat, not a run) and never throws for "not there"; `bring` is idempotent, makes its result
 * in a temporary sibling and renames it into place, so that it can be killed anywhere and run again; `check` proves
 * that the thing works (runs `--version`, compares a hash) and throws an error that says what was wanted and got.
 * The orchestrator holds a lock for each part name while it brings it, so `bring` need not lock by itself.
 */
export interface Part {
  /** Unique, kebab-case, the same for each source of the same thing: `pulumi-cli`, `etcd`. */
  readonly name: string;
  /** One line for people, with the version: `etcd v3.6.14 (server, etcdctl, etcdutl)`. */
  readonly describe: string;
  /** Where it comes from, in words that stand after "from": `its Go module, built here`. No host names of registries. */
  readonly from: string;
  /** Names of parts that must be there before `bring`. */
  readonly needs?: readonly string[];
  /**
   * CPU minutes that `bring` takes from an empty cache, if it keeps a core busy (compilers, image making).
   * A few such parts run at once, and the one with the most work behind it starts first.
   */
  readonly cpuMinutes?: number;
  /** Asks the person where bringing needs root, before anything is brought. @throws UserError on a no. */
  consent?(): Promise<void>;
  present(): Promise<boolean>;
  bring(context: BringContext): Promise<void>;
  check(): Promise<void>;
}
