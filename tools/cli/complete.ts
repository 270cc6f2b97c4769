import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Option } from "commander";
import { labPaths, projectDir } from "../../base/paths.ts";
import type { LabCommand } from "./labCommand.ts";
import { createProgram } from "./program.ts";

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Directories that completion reads. */
export interface Places {
  readonly project: string;
  readonly state?: string;
}

const plain = (values: readonly string[]): Candidate[] =>
  values.map((value) => ({ value, description: "" }));

/** The labs that have a config: `Pulumi.NAME.yaml`. */
function labNames({ project }: Places): string[] {
  return readdirSync(project)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** The nodes of the last `up`; none before, since no node can be reached. */
function nodeNames(stack: string, { state }: Places): string[] {
  const file = join(labPaths(stack, state).ssh, "nodes.json");
  if (!existsSync(file)) return [];
  const nodes = JSON.parse(readFileSync(file, "utf8")) as readonly { readonly name: string }[];
  return nodes.map(({ name }) => name);
}

/** The users in the config, even if the config has errors elsewhere. */
async function peopleNames(stack: string, { project }: Places): Promise<string[]> {
  const file = join(project, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return [];
  const { parse } = await import("yaml");
  type Config = { readonly "hardway:cluster"?: { readonly people?: object } | null };
  const read = parse(readFileSync(file, "utf8")) as { readonly config?: Config | null } | null;
  return Object.keys(read?.config?.["hardway:cluster"]?.people ?? {});
}

/** What the words before the current one determine. */
interface Context {
  readonly program: LabCommand;
  readonly command: LabCommand;
  readonly stack: string;
  /** The option whose value is the current word. */
  readonly awaiting: Option | undefined;
  readonly positionals: number;
  /** The current word belongs to another program. */
  readonly isForeign: boolean;
}

function contextOf(words: readonly string[]): Context | undefined {
  const program = createProgram();
  let command = program;
  let stack = "dev";
  let awaiting: Option | undefined;
  let positionals = 0;
  for (const word of words) {
    const [flag = "", value] = word.split(/=(.*)/);
    const option = awaiting ?? findOption(command, flag);
    const given = awaiting === undefined ? value : word;
    if (option !== undefined) {
      awaiting = option.required && given === undefined ? option : undefined;
      if (option.long === "--stack" && given !== undefined) stack = given;
    } else if (command === program && !word.startsWith("-")) {
      const found = program.subcommands.find((candidate) => candidate.name() === word);
      if (found === undefined) return undefined;
      command = found;
    } else if (!word.startsWith("-")) {
      positionals += 1;
    }
  }
  const isForeign =
    words.includes("--") ||
    (command.passesAfter !== undefined && positionals >= Math.max(command.passesAfter, 1));
  return { program, command, stack, awaiting, positionals, isForeign };
}

function findOption({ options }: LabCommand, flag: string): Option | undefined {
  return options.find(({ short, long }) => flag !== "" && (short === flag || long === flag));
}

/** The declared choices of an option or argument, or the names that its placeholder stands for. */
async function valuesOf(
  { argChoices }: Pick<Option, "argChoices">,
  placeholder: string,
  { stack, program }: Context,
  places: Places,
): Promise<Candidate[]> {
  if (argChoices !== undefined) return plain(argChoices);
  switch (placeholder) {
    case "NAME":
      return plain(labNames(places));
    case "NODE":
      return plain(nodeNames(stack, places));
    case "PERSON":
      return plain(await peopleNames(stack, places));
    case "COMMAND":
      return commandsOf(program);
    default:
      return [];
  }
}

const placeholderOf = ({ flags }: Option): string => /<(.+)>/.exec(flags)?.[1] ?? "";

const commandsOf = ({ commands }: LabCommand): Candidate[] =>
  commands.map((command) => ({ value: command.name(), description: command.summary() }));

const optionsOf = (command: LabCommand): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, description }) => ({ value: long ?? "", description }));

async function candidatesOf(current: string, context: Context, places: Places) {
  const { program, command, awaiting, positionals, isForeign } = context;
  if (awaiting !== undefined) return valuesOf(awaiting, placeholderOf(awaiting), context, places);
  if (isForeign) return [];
  const [flag = "", value] = current.split(/=(.*)/);
  const option = value === undefined ? undefined : findOption(command, flag);
  if (option !== undefined) {
    const values = await valuesOf(option, placeholderOf(option), context, places);
    return values.map((one) => ({ ...one, value: `${flag}=${one.value}` }));
  }
  if (current.startsWith("-")) return optionsOf(command);
  if (command === program) return commandsOf(program);
  const argument = command.registeredArguments[positionals];
  // A variadic argument is another program's command line; only pulumi knows the outputs.
  if (argument === undefined || argument.variadic || command.name() === "output") return [];
  return valuesOf(argument, argument.name(), context, places);
}

/** The possible completions of the last word, which may be empty. */
export async function complete(
  words: readonly string[],
  places: Places = { project: projectDir },
): Promise<Candidate[]> {
  const current = words.at(-1) ?? "";
  const context = contextOf(words.slice(0, -1));
  if (context === undefined) return [];
  const all = await candidatesOf(current, context, places);
  return all.filter(({ value }) => value.startsWith(current));
}
