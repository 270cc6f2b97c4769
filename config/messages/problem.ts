/** The keys that lead to a place in `hardway:cluster`, like ["nodes", "control-1", "address"]. */
export type Keys = readonly (string | number)[];

/** One thing wrong with a config: where, and what, with the rule and the remedy in the sentence. */
export interface ConfigProblem {
  /** `nodes.control-1.address`; for what is wrong outside the config, what a person would look for. */
  readonly path: string;
  readonly message: string;
  /** Unset where the place is not in the config. */
  readonly keys?: Keys;
}

export function problemAt(keys: Keys, message: string): ConfigProblem {
  return { keys, path: pathText(keys), message };
}

/** `nodes.control-1.address`, as a person would say it. */
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

/** A config that can't be built, with every problem found in it; its message is all that a person needs. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  /**
   * @param source the file's name
   * @param lineOf where a place stands in that file, if that is known
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
