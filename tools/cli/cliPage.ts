import type { Option } from "commander";
import type { LabCommand } from "./labCommand.ts";
import { createProgram } from "./program.ts";

const head = `# The commands of ./lab

<!-- Written by tools/cli/writePages.ts from tools/cli/program.ts, not by hand. -->

\`./lab help\` and \`./lab help COMMAND\` print the same in a terminal. Help, version and completion scripts need neither
Node nor the npm packages.
`;

const exitStatuses = `## Exit status

| status | meaning |
|---|---|
| 0 | success |
| 1 | the command failed; the message says why and what to do |
| 2 | the command line is not valid |
| 130 | interrupted by Ctrl-C or a signal; run the same command again to continue |

\`kubectl\`, \`ssh\`, \`console\` and \`shell\` end with the exit status of the program that they run, the commands that run
pulumi with its own.
`;

const variables: readonly (readonly [name: string, meaning: string])[] = [
  [
    "HARDWAY_CACHE",
    "Directory of everything that can be downloaded or built again. Default: `hardway` in `$XDG_CACHE_HOME` or `~/.cache`",
  ],
  [
    "HARDWAY_STATE",
    "Directory of Pulumi's state, its passphrase, and the labs' own files and disks. Default: `hardway` in `$XDG_STATE_HOME` or `~/.local/state`",
  ],
  [
    "HARDWAY_DOMAIN_TYPE",
    "`kvm` or `qemu`: whether guests can use KVM here or are emulated. Default: `./lab` boots a kernel to find out; plain `pulumi` tries to open the KVM device",
  ],
  [
    "HARDWAY_BASE_IMAGE",
    "File of the base image for the named distribution. Default: the one that `./lab setup` made or downloaded",
  ],
  [
    "HARDWAY_LOCK",
    "The mirror's lock file, with the checksum of every artefact. Default: `mirror/lock.json` in the cache",
  ],
  [
    "PULUMI_BACKEND_URL",
    "Where Pulumi keeps the state. Default: where you have logged in, else files in the state directory",
  ],
  ["PULUMI_ACCESS_TOKEN", "Access token for Pulumi Cloud, as for `pulumi` itself"],
  [
    "PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE",
    "Passphrase that encrypts the secrets in the state. Default: a file in the state directory, created by the first `./lab up`",
  ],
  [
    "KUBECONFIG",
    "The kubeconfig that `./lab kubeconfig --merge` writes to. Default: `~/.kube/config`",
  ],
  ["SHELL", "The shell that `./lab shell` runs. Default: `sh`"],
  ["HARDWAY_LABS", "For `./lab test e2e`: the labs to create, separated by spaces"],
];

const cell = (text: string): string => text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");

function optionTable(options: readonly Option[]): string {
  const rows = options.map(({ flags, description }) => `| \`${flags}\` | ${cell(description)} |`);
  return ["| option | |", "|---|---|", ...rows, ""].join("\n");
}

function commandSection(command: LabCommand, shared: ReadonlySet<string>): string {
  const help = command.createHelp();
  const own = command.options.filter(({ long }) => !shared.has(long ?? ""));
  const asks = command.options.some(({ long }) => long === "--yes");
  const args = help
    .visibleArguments(command)
    .map(
      (argument) =>
        `| \`${help.argumentTerm(argument)}\` | ${cell(help.argumentDescription(argument))} |`,
    );
  return [
    `### ${command.name()}`,
    "",
    ["```text", help.commandUsage(command), "```"].join("\n"),
    "",
    `${description(command)}${asks ? " Accepts `--yes`." : ""}`,
    "",
    ...(args.length === 0 ? [] : [["| argument | |", "|---|---|", ...args, ""].join("\n")]),
    ...(own.length === 0 ? [] : [optionTable(own)]),
  ].join("\n");
}

/** Indented lines are a table; in Markdown, a code block. */
function description(command: LabCommand): string {
  return command
    .description()
    .replace(/(?:^ {2}.*(?:\n|$))+/gm, (block) => {
      const lines = block.trimEnd().replace(/^ {2}/gm, "");
      return `\n\`\`\`text\n${lines}\n\`\`\`\n\n`;
    })
    .trimEnd();
}

/** docs/cli.md */
export function cliPage(): string {
  const program = createProgram();
  const shared = new Set(program.options.map(({ long }) => long ?? ""));
  const groups = new Map<string, LabCommand[]>();
  for (const command of program.subcommands) {
    const group = command.helpGroup().replace(/:$/, "");
    groups.set(group, [...(groups.get(group) ?? []), command]);
  }
  return [
    head,
    "## Options of all commands\n",
    "They are written before or after the name of the command; for `kubectl`, before it. `--yes` has an effect only on\ncommands that ask.\n",
    optionTable(program.createHelp().visibleOptions(program)),
    ...[...groups].flatMap(([group, commands]) => [
      `## ${group}\n`,
      ...commands.map((command) => commandSection(command, shared)),
    ]),
    exitStatuses,
    "## Environment variables\n",
    [
      "| variable | meaning |",
      "|---|---|",
      ...variables.map(([names, meaning]) => {
        const spans = names.split(", ").map((name) => `\`${name}\``);
        return `| ${spans.join(", ")} | ${meaning} |`;
      }),
      "",
    ].join("\n"),
  ].join("\n");
}
