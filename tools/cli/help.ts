import { commonOptions } from "./args.ts";
import type { Command, CommandOption } from "./commands/command.ts";
import { commands } from "./commands/table.ts";

function optionLines(options: Readonly<Record<string, CommandOption>>): string[] {
  const heads = Object.entries(options).map(([name, { short, value, help }]) => ({
    head: `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    help,
  }));
  const width = Math.max(...heads.map(({ head }) => head.length));
  return heads.map(({ head, help }) => `  ${head.padEnd(width)}  ${help}`);
}

/** `./lab --help` */
export function generalHelp(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  );
  return [
    "usage: ./lab [--stack NAME] COMMAND …",
    "",
    "Kubernetes from scratch as one Pulumi program: `./lab up` makes the cluster that Pulumi.dev.yaml describes.",
    "",
    "Commands (each with --help):",
    ...lines,
    "",
    "Options of all commands:",
    ...optionLines(commonOptions),
    "",
  ].join("\n");
}

/** `./lab COMMAND --help` */
export function commandHelp({ usage, help, options }: Command): string {
  return [
    `usage: ./lab ${usage}`,
    "",
    help,
    "",
    "Options:",
    ...optionLines({ ...options, ...commonOptions }),
    "",
  ].join("\n");
}
