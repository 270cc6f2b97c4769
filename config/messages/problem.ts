/** The keys that lead to a place in `hardway:cluster`, like ["nodes", "control-1", "address"]. */
export type Keys = readonly (string | number)[];

/** An error in a config: its place, and a sentence with the rule and the fix. */
export interface ConfigProblem {
  /** `nodes.control-1.address`; for errors outside the config, a name that users recognize. */
  readonly path: string;
  readonly message: string;
  /** Undefined if the place is not in the config. */
  readonly keys?: Keys;
}

export function problemAt(keys: Keys, message: string): ConfigProblem {
  return { keys, path: pathText(keys), message };
}

/** The place as text: `nodes.control-1.address`. */
export function pathText(keys: Keys): string {
  return keys.reduce<string>((text, key) => {
    if (typeof key === "number") {
      return `${text}[${key}]`;
    }
    if (!/^[-\w]+$/.test(key)) {
      return `${text}[${JSON.stringify(key)}]`;
    }
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/**
 * An invalid config with all of its problems. The message is complete; users need no stack trace.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  /**
   * @param source the file's name
   * @param lineOf returns the line of a place in that file, if known
   */
  constructor(
    source: string,
    problems: readonly ConfigProblem[],
    lineOf: (keys: Keys) => number | undefined = () => undefined,
  ) {
    const placed = problems
      .map((problem) => ({ ...problem, line: problem.keys && lineOf(problem.keys) }))
      .sort((a, b) => (a.line ?? Number.MAX_VALUE) - (b.line ?? Number.MAX_VALUE));
    const lines = placed.map(({ path, message, line }) => {
      const place = path === "" ? "hardway:cluster" : path;
      return `  ${place}${line === undefined ? "" : ` (line ${line})`}: ${message}`;
    });
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${source}: ${count}; nothing was changed.\n${lines.join("\n")}`);
    this.problems = problems;
  }
}
