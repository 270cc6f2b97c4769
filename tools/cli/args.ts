import { type ParseArgsConfig, parseArgs } from "node:util";
import { PersonError } from "../../base/errors.ts";
import { suggestion } from "../../base/wording.ts";
import type { Command, CommandOption, Invocation } from "./commands/command.ts";

/** Options that every command takes, before or behind its name. */
export const commonOptions = {
  stack: { type: "string", short: "s", value: "NAME", help: "the lab to work on (default dev)" },
  yes: { type: "boolean", short: "y", help: "answer every question with yes" },
  verbose: { type: "boolean", short: "v", help: "also print a defect's stack" },
  help: { type: "boolean", short: "h", help: "show this" },
} as const satisfies Record<string, CommandOption>;

/** What was typed, as far as the name of the command. */
export interface CommonArguments {
  readonly stack: string;
  readonly yes: boolean;
  readonly verbose: boolean;
  readonly help: boolean;
}

export class UsageError extends PersonError {}

const stackPattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

type Options = Readonly<Record<string, CommandOption>>;

/** Node's own parser, its errors in our words. */
function parse(args: readonly string[], options: Options, wordsAllowed: boolean, where: string) {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [
      name,
      short === undefined ? { type } : { type, short },
    ]),
  ) satisfies ParseArgsConfig["options"];
  const { tokens } = parseArgs({
    args: [...args],
    options: config,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values: Record<string, string | boolean> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (!wordsAllowed) throw new UsageError(`${where} takes no ${token.value}`);
      positionals.push(token.value);
    }
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) {
      const hint = suggestion(token.name, Object.keys(options)).replace("mean ", "mean --");
      throw new UsageError(`${where} has no option ${token.rawName}${hint}`);
    }
    if (option.type === "boolean" && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value, got ${token.value}`);
    }
    // A word that begins with - is the next option, not a value.
    const lacking = token.value === undefined || (!token.inlineValue && /^-./.test(token.value));
    if (option.type === "string" && lacking) {
      throw new UsageError(`${token.rawName} needs its ${option.value ?? "value"}`);
    }
    values[token.name] = token.value ?? true;
  }
  return { values, positionals };
}

function common(values: Readonly<Record<string, string | boolean>>): CommonArguments {
  const { stack = "dev", yes = false, verbose = false, help = false } = values;
  if (!stackPattern.test(String(stack))) {
    throw new UsageError(
      `--stack ${String(stack)}: expected letters, digits, '-', '_' and '.', with a letter or digit at both ends`,
    );
  }
  return {
    stack: String(stack),
    yes: yes === true,
    verbose: verbose === true,
    help: help === true,
  };
}

/** Splits what was typed at the command's name; before it only common options may stand. */
export function splitAtCommand(argv: readonly string[]): {
  before: string[];
  name: string | undefined;
  behind: string[];
} {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word === "--stack" || word === "-s") index += 1;
    else if (!word.startsWith("-")) {
      return { before: argv.slice(0, index), name: word, behind: argv.slice(index + 1) };
    }
  }
  return { before: [...argv], name: undefined, behind: [] };
}

/** Options typed before a command's name, or without one. @throws UsageError */
export function parseCommon(before: readonly string[]): CommonArguments {
  return common(parse(before, commonOptions, false, "./lab").values);
}

/** What is the command's own, and what is passed on. */
function splitRest(command: Command, behind: readonly string[]): [string[], string[]] {
  const { name: word, before, behind: further } = splitAtCommand(behind);
  if (command.takesAllBehindWord && word !== undefined && !before.includes("--")) {
    return [[...before, word], further[0] === "--" ? further.slice(1) : further];
  }
  const end = behind.indexOf("--");
  return end < 0 ? [[...behind], []] : [behind.slice(0, end), behind.slice(end + 1)];
}

/** What was typed for a command. @throws UsageError that says what it takes */
export function parseInvocation(
  name: string,
  command: Command,
  { before, behind }: { before: readonly string[]; behind: readonly string[] },
): CommonArguments & { invocation: Invocation } {
  const where = `./lab ${name}`;
  if (command.takesAll) {
    const values = parse(before, commonOptions, false, "./lab").values;
    // The other program has its own --help, but a lone one is asked of us.
    const help = behind.length === 1 && behind[0] === "--help";
    const invocation = { options: {}, positionals: [], rest: behind };
    return { ...common({ ...values, ...(help ? { help } : {}) }), invocation };
  }
  const [own, rest] = splitRest(command, behind);
  const [least, most] = command.words ?? [0, 0];
  const options = { ...commonOptions, ...command.options };
  const { values, positionals } = parse([...before, ...own], options, most > 0, where);
  const given = common(values);
  const takesRest = command.takesRest === true || command.takesAllBehindWord === true;
  if (rest.length > 0 && !takesRest) throw new UsageError(`${where} takes no --`);
  const tooFew = positionals.length < least && !given.help;
  if (tooFew || positionals.length > most) {
    const got = positionals.length === 0 ? "nothing" : positionals.join(" ");
    throw new UsageError(`${where} takes ${command.wordsAre ?? "nothing"}, got ${got}`);
  }
  return { ...given, invocation: { options: values, positionals, rest } };
}

/** What was typed, as a log may have it: the words for another program (kubectl, ssh, pulumi) may hold secrets. */
export function headingOf(argv: readonly string[], { rest }: Pick<Invocation, "rest">): string {
  const own = argv.slice(0, argv.length - rest.length);
  return ["./lab", ...own, ...(rest.length > 0 ? ["…"] : [])].join(" ");
}
