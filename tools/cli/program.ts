import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { LabCommand } from "./labCommand.ts";

/** Columns of help texts. Fixed, so that the committed texts are the same for every terminal. */
const helpWidth = 100;

const shells = ["bash", "zsh", "fish"];

/** Declares every command, in the order of the help. `select` receives the one that was parsed. */
export function createProgram(select: (command: LabCommand) => void = () => undefined): LabCommand {
  const program = new LabCommand("./lab");
  program
    .describedAs(
      "Kubernetes from scratch as one Pulumi program: `./lab up` creates the cluster that Pulumi.dev.yaml\ndescribes. `./lab help COMMAND` shows the options of a command.",
    )
    .usage("[options] COMMAND …")
    .version(`hardway ${manifest.version}`, "-V, --version", "show the version")
    .sharedOptions({ asks: true })
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .enablePositionalOptions()
    .allowExcessArguments(false)
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ helpWidth, subcommandTerm: (command) => command.name() });

  const declare = (name: string, summary: string): LabCommand => {
    const command = program.command(name).summary(summary);
    command.action(() => select(command));
    return command;
  };

  program.commandsGroup("Create and change a lab:");
  declare("up", "create the lab, or change it to match its config")
    .describedAs(
      `Installs what this machine lacks (\`./lab setup --list\` shows it), starts the lab's libvirt and mirror
if they do not run, runs \`pulumi up\`, writes the kubeconfig, and ends when every node is Ready.
Asks before it changes an existing lab, if there is a terminal and no --yes.`,
    )
    .option("--refresh", "first compare with what really runs, and repair it")
    .option("--diff", "show every changed line")
    .sharedOptions({ asks: true })
    .passesOptionsTo("pulumi")
    .runs(() => import("./commands/up.ts"), true);
  declare("preview", "show what up would change")
    .describedAs(
      `Shows what \`./lab up\` would change, and changes nothing. The stack's outputs are left out;
\`./lab output\` shows them.`,
    )
    .option("--refresh", "first compare with what really runs")
    .option("--diff", "show every changed line")
    .sharedOptions({ asks: true })
    .passesOptionsTo("pulumi")
    .runs(() => import("./commands/preview.ts"), true);
  declare("check", "report every mistake, without installing or changing anything")
    .describedAs(
      `Reports every mistake in the config and the files that it names, on this workstation, on the
hypervisors and, if the lab exists, in what the living cluster cannot be changed to: each with file,
line and column, the rule and what to do. Warnings are settings that work, with their risk. What
cannot be checked now is listed. \`./lab preview\` and \`./lab up\` begin with this check.
The exit status is 1 if there are errors.`,
    )
    .option("--json", "print JSON")
    .sharedOptions({ asks: false })
    .runs(() => import("./commands/check.ts"));
  declare("refresh", "read into the state what really runs")
    .describedAs(
      `Compares the state with what really runs and updates the state, so that the next \`./lab up\` repairs
the differences from the config. \`./lab up --refresh\` does both.`,
    )
    .sharedOptions({ asks: true })
    .passesOptionsTo("pulumi")
    .runs(() => import("./commands/refresh.ts"), true);
  declare("destroy", "remove the lab")
    .describedAs(
      `Removes the lab: machines, disks, network, certificates, keys, and the lab's own libvirt and mirror.
The empty stack stays, unless --all is given. If pulumi keeps some of the lab (\`-- --target URN\`,
\`-- --exclude URN\`), everything that the rest needs stays too.
Asks first, if there is a terminal and no --yes.`,
    )
    .option("--all", "every lab of yours on this machine, its stack, and the state directory")
    .sharedOptions({ asks: true })
    .passesOptionsTo("pulumi")
    .runs(() => import("./commands/destroy.ts"));

  program.commandsGroup("Use a lab:");
  declare("status", "show the nodes, and how and where the lab runs")
    .describedAs(
      "Shows where the lab's machines run, whether with KVM or emulated and why, and the health of its\nnodes. Starts nothing. The exit status is 1 unless every node is Ready.",
    )
    .option("--json", "print JSON")
    .sharedOptions({ asks: false })
    .runs(() => import("./commands/status.ts"));
  declare("kubectl", "run kubectl on the lab's cluster")
    .describedAs(
      `Runs kubectl, in the cluster's version, as the cluster's administrator. All arguments after \`kubectl\`
are kubectl's; options of ./lab are before it: \`./lab --stack NAME kubectl get nodes\`.`,
    )
    .argument("[ARGUMENTS...]", "arguments of kubectl")
    .usage("[ARGUMENTS...]")
    .helpOption(false)
    .allowUnknownOption()
    .passesArgumentsAfter(0)
    .runs(() => import("./commands/kubectl.ts"));
  declare("ssh", "log in to a node, or run a command there")
    .describedAs(
      `Logs in to a node, or runs a command there: all arguments after NODE are the command.
The only accepted host key is the one that the program gave the machine, or that the config names.`,
    )
    .argument("<NODE>", "a node of the lab")
    .argument("[COMMAND...]", "the command and its arguments")
    .sharedOptions({ asks: false })
    .passesArgumentsAfter(1)
    .runs(() => import("./commands/ssh.ts"));
  declare("console", "attach to a node's serial console")
    .describedAs(
      "Shows the serial console of a machine, from its boot on if it has a log. Ctrl-] ends it.",
    )
    .argument("<NODE>", "a node of the lab")
    .sharedOptions({ asks: false })
    .runs(() => import("./commands/console.ts"));
  declare("kubeconfig", "write a kubeconfig for the administrator or a person")
    .describedAs(
      `Writes a kubeconfig (mode 0600) from the stack's outputs and prints its path: the administrator's,
with the files that \`./lab ssh NODE\` needs, or that of PERSON. Use it if the files were lost, or after a
plain \`pulumi up\`. With --merge, entries of other names and the current context stay as they are, and
an existing entry of the same name that is not the lab's is refused.`,
    )
    .argument("[PERSON]", "one of `people` in the config")
    .option(
      "--merge",
      "also merge it into your own kubeconfig (KUBECONFIG, or ~/.kube/config if unset)",
    )
    .sharedOptions({ asks: true })
    .runs(() => import("./commands/kubeconfig.ts"));
  declare("output", "show the stack's outputs")
    .describedAs("Shows the stack's outputs, or one of them. Secrets are hidden by default.")
    .argument("[NAME]", "an output")
    .option("--json", "print JSON")
    .option("--show-secrets", "print secrets in plain text")
    .sharedOptions({ asks: true })
    .runs(() => import("./commands/output.ts"));
  declare("shell", "run a shell in which pulumi, virsh and kubectl reach the lab")
    .describedAs(
      `Runs a shell, or COMMAND, with the program's environment; if the lab has namespaces of its own, inside
these. Plain \`pulumi preview\`, \`virsh list\` and \`kubectl get nodes\` work there.`,
    )
    .argument("[COMMAND...]", "the command and its arguments")
    .sharedOptions({ asks: true })
    .passesArgumentsAfter(0)
    .runs(() => import("./commands/shell.ts"));

  program.commandsGroup("This machine:");
  declare("setup", "install what this machine lacks")
    .describedAs(
      `Installs everything that \`./lab up\` needs and this machine lacks: official releases if they can be
downloaded, else the second sources that toolchain/README.md describes. It can be interrupted, and
continues when it runs again.`,
    )
    .option("--list", "only show each part, its state, its source and the reason for that source")
    .sharedOptions({ asks: true })
    .runs(() => import("./commands/setup.ts"));
  declare("mirror", "list, download or serve artefacts and images")
    .describedAs(
      `Manages the cache of everything that nodes download, by checksum.
  list   show every artefact and image: its checksum, source and URL, and whether it is in the cache
  sync   download all of them from their publishers, verified; build those that cannot be downloaded
  serve  serve the cache over HTTP until Ctrl-C (\`./lab up\` does this for its lab)
The cache can be copied to a machine without internet access; \`./lab status\` shows its path.`,
    )
    .addArgument(new Argument("<ACTION>", "what to do").choices(["list", "sync", "serve"]))
    .valueOption("--address <IP>", "serve: the address to listen on (default 127.0.0.1)")
    .valueOption("--port <PORT>", "serve: the port to listen on (default the lab's mirrorPort)")
    .sharedOptions({ asks: true })
    .runs(() => import("./commands/mirror.ts"));
  declare("test", "run lint, types and tests")
    .describedAs(
      `Runs lint, types, unit, toolchain and program tests; these need only Node and the npm packages.
\`./lab test e2e\` installs what end-to-end tests need and runs them on real machines and clusters.
The last line counts what passed and failed; each kind of lint counts as one.`,
    )
    .addArgument(new Argument("[KIND]", "end-to-end tests instead").choices(["e2e"]))
    .sharedOptions({ asks: true })
    .passesOptionsTo("vitest")
    .runs(() => import("./commands/test.ts"));

  program.commandsGroup("Help:");
  declare("help", "show this help, or the help of a command")
    .describedAs("Shows the help of a command, or the list of commands.")
    .argument("[COMMAND]", "a command of ./lab")
    .prints(([name]) => helpText(program, name));
  declare("version", "show the version")
    .describedAs("Shows the version of hardway.")
    .prints(() => `${program.version() ?? ""}\n`);
  declare("completion", "print a completion script for bash, zsh or fish")
    .describedAs(
      `Prints a script that completes commands, options, labs, nodes and people in your shell:
  bash   add to ~/.bashrc: source <(PATH-OF-THE-CHECKOUT/lab completion bash)
  zsh    add to ~/.zshrc, after compinit: source <(PATH-OF-THE-CHECKOUT/lab completion zsh)
  fish   PATH-OF-THE-CHECKOUT/lab completion fish > ~/.config/fish/completions/lab.fish`,
    )
    .addArgument(new Argument("<SHELL>", "your shell").choices(shells))
    .prints(([shell = ""]) => completionScript(shell));
  return program;
}

/** `./lab help [COMMAND]` */
export function helpText(program: LabCommand, name?: string): string {
  if (name === undefined) return program.helpInformation();
  const command = program.commands.find((candidate) => candidate.name() === name);
  // Commander's own error, with its suggestion.
  if (command === undefined) program.parse([name], { from: "user" });
  return command?.helpInformation() ?? "";
}

export function completionScript(shell: string): string {
  return readFileSync(join(import.meta.dirname, "completion", `lab.${shell}`), "utf8");
}
