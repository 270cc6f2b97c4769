import { Command, InvalidArgumentError, Option } from "commander";
import type { Session } from "../../base/session.ts";

/** The arguments of a command, without the options that all commands share. */
export interface Invocation {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
  /** Arguments for another program, such as pulumi or kubectl. */
  readonly rest: readonly string[];
}

/** What `tools/cli/commands/NAME.ts` exports. */
export interface Implementation {
  /** Returns the exit status. @throws UserError for a mistake that the user can fix */
  readonly runCommand: (session: Session, invocation: Invocation) => Promise<number>;
}

/** What a parsed command does: run an implementation with a session, or print a text. */
export type Behaviour =
  | { readonly kind: "run"; load(): Promise<Implementation>; readonly logsInLab: boolean }
  | { readonly kind: "print"; text(positionals: readonly string[]): string };

const stackPattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

function parseStack(value: string): string {
  if (stackPattern.test(value)) return value;
  throw new InvalidArgumentError(
    "expected letters, digits, '-', '_' and '.', with a letter or digit at both ends",
  );
}

/** Without this, commander would take the next option as the value. */
function parseValue(value: string): string {
  if (!value.startsWith("-")) return value;
  throw new InvalidArgumentError("expected a value, found an option");
}

/** Options that every command accepts, before or after its name. */
const stackOption = () =>
  new Option("-s, --stack <NAME>", "the lab to work on (default dev)").argParser(parseStack);
const yesOption = () => new Option("-y, --yes", "answer every question with yes");
const outputOptions = () => [
  new Option("-v, --verbose", "also print what the log receives, and the stack of a defect"),
  new Option("-q, --quiet", "print no progress of running tasks"),
];

/** One command of `./lab`, with the arguments that it passes to another program. */
export class LabCommand extends Command {
  behaviour: Behaviour | undefined;
  /** The program that receives the arguments after `--`. */
  optionsFor: string | undefined;
  /** How many arguments come before those of another program; undefined if it passes none. */
  passesAfter: number | undefined;
  #afterDashes: readonly string[] = [];

  override createCommand(name?: string): LabCommand {
    return new LabCommand(name);
  }

  /** `--stack`, `--verbose` and `--quiet`; `--yes` only for a command that asks. */
  sharedOptions({ asks }: { asks: boolean }): this {
    for (const option of [stackOption(), ...(asks ? [yesOption()] : []), ...outputOptions()]) {
      this.addOption(option);
    }
    return this;
  }

  /** The description, one sentence after the other; indented lines stay lines. */
  describedAs(text: string): this {
    return this.description(text.replace(/(?<=^\S.*)\n(?=\S)/gm, " "));
  }

  valueOption(flags: string, description: string): this {
    return this.addOption(new Option(flags, description).argParser(parseValue));
  }

  /** Arguments after `--` are options of this program. */
  passesOptionsTo(program: string): this {
    this.optionsFor = program;
    const words = this.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    );
    return this.usage(["[options]", ...words, `[-- ${program.toUpperCase()}-OPTIONS]`].join(" "));
  }

  /** All arguments after the first `count` are another program's, with or without `--`. */
  passesArgumentsAfter(count: number): this {
    this.passesAfter = count;
    return this.passThroughOptions();
  }

  runs(load: () => Promise<Implementation>, logsInLab = false): this {
    this.behaviour = { kind: "run", load, logsInLab };
    return this;
  }

  prints(text: (positionals: readonly string[]) => string): this {
    this.behaviour = { kind: "print", text };
    return this;
  }

  /** The declared commands; commander's type does not say that createCommand made them. */
  get subcommands(): readonly LabCommand[] {
    return this.commands.filter((command) => command instanceof LabCommand);
  }

  /** The path that the user types: `./lab up`. */
  get path(): string {
    return [this.parent?.name(), this.name()].filter((name) => name !== undefined).join(" ");
  }

  /** Cuts off the arguments after `--`, which commander would mix with the command's own. */
  override parseOptions(args: string[]): ReturnType<Command["parseOptions"]> {
    const end = this.optionsFor === undefined ? -1 : args.indexOf("--");
    if (end < 0) return super.parseOptions(args);
    this.#afterDashes = args.slice(end + 1);
    return super.parseOptions(args.slice(0, end));
  }

  /** What was parsed. */
  get invocation(): Invocation {
    const options = this.opts<Record<string, string | boolean | undefined>>();
    if (this.passesAfter === undefined) {
      return { options, positionals: this.args, rest: this.#afterDashes };
    }
    const rest = this.args.slice(this.passesAfter);
    return {
      options,
      positionals: this.args.slice(0, this.passesAfter),
      rest: rest[0] === "--" && this.passesAfter > 0 ? rest.slice(1) : rest,
    };
  }
}
