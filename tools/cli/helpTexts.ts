import { createProgram, helpText } from "./program.ts";

/** Marks the beginning of a text in help.txt; the script `lab` looks for it. */
const heading = (name: string) => `=== ${name}\n`;

/** The names that `./lab help` accepts, and what it prints for each; `lab` is the general help. */
export function helpTexts(): [name: string, text: string][] {
  const program = createProgram();
  return [
    ["lab", helpText(program)],
    ...program.commands.map((command): [string, string] => [
      command.name(),
      helpText(program, command.name()),
    ]),
  ];
}

/** tools/cli/help.txt: the help as `lab` prints it without Node and without the npm packages. */
export function helpFile(): string {
  return helpTexts()
    .map(([name, text]) => `${heading(name)}${text}`)
    .join("");
}
