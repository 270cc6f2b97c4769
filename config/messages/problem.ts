import { withoutSecrets } from "../../base/secrets.ts";
import { quote, shortened } from "../../base/wording.ts";

/** The keys that lead to a place in `hardway:cluster`, like ["nodes", "control-1", "address"]. */
export type Keys = readonly (string | number)[];

/** An error in a config: its place, and a sentence with the rule and the fix. */
export interface ConfigProblem {
  /** `nodes.control-1.address`; for errors outside the config, a name that users recognize. */
  readonly path: string;
  readonly message: string;
  /** Undefined if the place is not in the config. */
  readonly keys?: Keys;
  /** True if `./lab setup`, which comes before every `up`, removes the problem. */
  readonly fixedBySetup?: true;
}

export function problemAt(keys: Keys, message: string): ConfigProblem {
  return { keys, path: pathText(keys), message: shownMessage(message) };
}

/** In characters. The longest messages list the known keys of a section. */
const longestProblem = 1000;

/** `nodes.control-1.address: …`, for a problem on a line of its own. */
export const problemText = ({ path, message }: ConfigProblem): string => `${path}: ${message}`;

/** Problems of a setting that several nodes or hypervisors share, each reported once. */
export const firstAtEachPlace = (problems: readonly ConfigProblem[]): ConfigProblem[] =>
  problems.filter(
    ({ path }, index) => problems.findIndex((problem) => problem.path === path) === index,
  );

/** The number of problems that are printed; the rest is counted. */
const mostProblems = 50;

/** The last guard: values in messages are already quoted, shortened and without secrets. */
const shownMessage = (message: string): string =>
  shortened(withoutSecrets(message), longestProblem);

/** The place as text: `nodes.control-1.address`. */
export function pathText(keys: Keys): string {
  return keys.reduce<string>((text, key) => {
    if (typeof key === "number") {
      return `${text}[${key}]`;
    }
    if (!/^[-\w]{1,64}$/.test(key)) {
      return `${text}[${quote(key)}]`;
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
    const lines = placed.slice(0, mostProblems).map(({ path, message, line }) => {
      const place = path === "" ? "hardway:cluster" : shownMessage(path);
      return `  ${place}${line === undefined ? "" : ` (line ${line})`}: ${shownMessage(message)}`;
    });
    const rest = placed.length - lines.length;
    if (rest > 0) lines.push(`  … and ${rest} more`);
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${source}: ${count}; nothing was changed.\n${lines.join("\n")}`);
    this.problems = problems;
  }
}
