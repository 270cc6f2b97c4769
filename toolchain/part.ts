/** Reports a part's progress: `report("built 3 of 7")`. Short, present tense, no newline. */
export type Report = (message: string) => void;

/** The orchestrator's argument for `bring`. */
export interface BringContext {
  readonly report: Report;
  /**
   * Aborted on Ctrl-C. Pass it to children and downloads, and leave nothing incomplete under a
   * final name.
   */
  readonly signal: AbortSignal;
  /** The file for the output of tools, which errors refer to. Append only. */
  readonly log: string;
}

/**
 * One thing that setup installs on this machine from one source.
 *
 * `present` is quick (a stat, not a run) and never throws if the thing is missing. `bring` installs
 * it and is idempotent: it writes to a temporary sibling and renames that, so that it can be killed
 * at any time and run again. `check` proves that the thing works (runs `--version`, compares a
 * checksum) and throws an error with the expected and the actual result. The orchestrator holds a
 * lock on the part's name during `bring`.
 */
export interface Part {
  /** Unique, kebab-case, equal for all sources of the same thing: `pulumi-cli`, `etcd`. */
  readonly name: string;
  /** One line for the display, with the version: `etcd v3.6.14 (server, etcdctl, etcdutl)`. */
  readonly describe: string;
  /**
   * The source, as a phrase after "from": `its Go module, built here`. No host names of registries.
   */
  readonly from: string;
  /** Names of parts that `bring` needs. */
  readonly needs?: readonly string[];
  /**
   * CPU minutes of `bring` with an empty cache, if it is CPU-bound (compilers, image builds). Few
   * such parts run at once, and the one with the most dependent work starts first.
   */
  readonly cpuMinutes?: number;
  /** Asks for consent to run as root, before any part is installed. @throws UserError on a no. */
  consent?(): Promise<void>;
  present(): Promise<boolean>;
  bring(context: BringContext): Promise<void>;
  check(): Promise<void>;
}
