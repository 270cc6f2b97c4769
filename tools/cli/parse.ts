import { CommanderError } from "commander";
import { UserError } from "../../base/errors.ts";
import type { Invocation, LabCommand } from "./labCommand.ts";
import { answerTo } from "./otherWords.ts";
import { createProgram } from "./program.ts";

/** A command line that is not valid; its exit status is 2. */
export class UsageError extends UserError {}

/** What the user typed. */
export interface Parsed {
  readonly command: LabCommand;
  readonly stack: string;
  readonly yes: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly invocation: Invocation;
}

/**
 * Parses the arguments of `./lab`.
 *
 * @returns undefined if commander has printed a help text or the version
 * @throws UsageError with one line that says what to type instead
 */
export function parseArguments(argv: readonly string[]): Parsed | undefined {
  let selected: LabCommand | undefined;
  const program = createProgram((command) => {
    selected = command;
  });
  for (const command of [program, ...program.subcommands]) {
    command.exitOverride((error) => {
      throw error.exitCode === 0 || error.code === "commander.help"
        ? error
        : usageError(command, error);
    });
  }
  try {
    program.parse(argv, { from: "user" });
    if (selected === undefined) throw new Error("commander selected no command");
    const { invocation } = selected;
    // kubectl has its own --help, but `./lab kubectl --help` alone asks for the help of ./lab.
    const { rest } = invocation;
    if (selected.name() === "kubectl" && rest.length === 1 && rest[0] === "--help") selected.help();
    const { stack = "dev", yes, verbose, quiet } = { ...program.opts(), ...selected.opts() };
    return {
      command: selected,
      stack: String(stack),
      yes: yes === true,
      verbose: verbose === true,
      quiet: quiet === true,
      invocation,
    };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError("./lab needs a command");
  }
}

function usageError(command: LabCommand, error: CommanderError): UsageError {
  const [typed = ""] = command.args;
  if (error.code === "commander.unknownCommand") {
    const answer = answerTo(typed);
    if (answer !== undefined) return new UsageError(`./lab has no command ${typed}; ${answer}`);
  }
  if (error.code === "commander.excessArguments") {
    const excess = command.args.slice(command.registeredArguments.length).join(" ");
    const remedy =
      command.optionsFor === undefined
        ? `\`${helpFor(command)}\` shows its arguments`
        : `options of ${command.optionsFor} are behind --`;
    return new UsageError(`${command.path}: unexpected argument '${excess}'; ${remedy}`);
  }
  return new UsageError(`${command.path}: ${oneLine(error.message, helpFor(command))}`);
}

const helpFor = (command: LabCommand): string =>
  command.parent === null ? "./lab --help" : `./lab help ${command.name()}`;

/** Commander's message in the form that every error of this project has. */
function oneLine(message: string, help: string): string {
  const text = message
    .replace(/^error: /, "")
    .replace(/option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. /, "$1 $2: ")
    .replace(/command-argument value '(.*)' is invalid for argument '(.*)'\. /, "$2 is '$1'; ")
    .replace(/Allowed choices are (.*)\.$/, "expected $1")
    .replace(/\s*\n\(Did you mean (.*)\?\)$/, "; did you mean $1?");
  return text.includes("; ") ? text : `${text}; \`${help}\` shows what it takes`;
}

/** The command line for a log: arguments of kubectl, ssh or pulumi may be secret. */
export function headingOf(argv: readonly string[], { rest }: Pick<Invocation, "rest">): string {
  const own = argv.slice(0, argv.length - rest.length);
  return ["./lab", ...own, ...(rest.length > 0 ? ["…"] : [])].join(" ");
}
