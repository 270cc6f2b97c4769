import { join } from "node:path";
import { UserError } from "../../base/errors.ts";
import { interruptedExit, interruptedMessage, watchInterruption } from "../../base/interruption.ts";
import { openLog } from "../../base/log.ts";
import { cachePaths, labPaths } from "../../base/paths.ts";
import { Terminal } from "../../base/terminal.ts";
import { complete } from "./complete.ts";
import { explain } from "./explain.ts";
import { headingOf, parseArguments, UsageError } from "./parse.ts";

const usageExit = 2;

/** Runs the command line of `./lab`; returns the exit status. */
async function main(argv: readonly string[]): Promise<number> {
  // The completion scripts call this.
  if (argv[0] === "__complete") {
    const found = await complete(argv.slice(1));
    for (const { value, description } of found) process.stdout.write(`${value}\t${description}\n`);
    return 0;
  }
  const parsed = parseArguments(argv);
  if (parsed === undefined) return 0;
  const { command, stack, yes, verbose, quiet, invocation } = parsed;
  const { behaviour } = command;
  if (behaviour === undefined) throw new Error(`${command.path} has no behaviour`);
  if (behaviour.kind === "print") {
    process.stdout.write(behaviour.text(invocation.positionals));
    return 0;
  }
  const { runCommand } = await behaviour.load();
  const path = behaviour.logsInLab ? labPaths(stack).log : join(cachePaths().logs, "lab.log");
  const file = openLog(path, headingOf(argv, invocation));
  const terminal = new Terminal(file, { quiet });
  const log = verbose ? terminal.echoing(file) : file;
  const signal = watchInterruption((line) => terminal.say(line));
  try {
    const session = { stack, yes, verbose, log, terminal, signal };
    const code = await runCommand(session, invocation);
    if (!signal.aborted) return code;
    terminal.say(`lab: ${interruptedMessage}`);
    return interruptedExit;
  } catch (error) {
    terminal.close();
    return explain(error, { log: file, verbose, stopped: signal.aborted });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Errors before there is a log: a wrong command line, or a log that cannot be written.
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? usageExit : 1;
}
