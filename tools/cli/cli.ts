import { join } from "node:path";
import { PersonError } from "../../base/errors.ts";
import { interruptedExit, interruptedMessage, watchInterruption } from "../../base/interruption.ts";
import { openLog } from "../../base/log.ts";
import { cachePaths, labPaths } from "../../base/paths.ts";
import { Terminal } from "../../base/terminal.ts";
import { suggestion } from "../../base/wording.ts";
import { headingOf, parseCommon, parseInvocation, splitAtCommand, UsageError } from "./args.ts";
import { commands, findCommandEntry } from "./commands/table.ts";
import { explain } from "./explain.ts";
import { commandHelp, generalHelp } from "./help.ts";

const usageExit = 2;

/** Runs what was typed behind `./lab`; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { before, name, behind } = splitAtCommand(argv);
  if (name === undefined || name === "help") {
    const { help } = parseCommon(before);
    process.stdout.write(generalHelp());
    return help || name === "help" ? 0 : usageExit;
  }
  const entry = findCommandEntry(name);
  if (entry === undefined) {
    const hint = suggestion(name, Object.keys(commands)) || "; `./lab --help` shows them";
    throw new UsageError(`./lab has no command ${name}${hint}`);
  }
  const { command } = await entry.load();
  const parsed = parseInvocation(name, command, { before, behind });
  if (parsed.help) {
    process.stdout.write(commandHelp(command));
    return 0;
  }
  const { stack, yes, verbose, invocation } = parsed;
  const path = command.log === "lab" ? labPaths(stack).log : join(cachePaths().logs, "lab.log");
  const log = openLog(path, headingOf(argv, invocation));
  const terminal = new Terminal(log);
  const signal = watchInterruption((line) => terminal.say(line));
  try {
    const session = { stack, yes, verbose, log, terminal, signal };
    const code = await command.run(session, invocation);
    if (!signal.aborted) return code;
    terminal.say(`lab: ${interruptedMessage}`);
    return interruptedExit;
  } catch (error) {
    terminal.close();
    return explain(error, { log, verbose, stopped: signal.aborted });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // What happens before there is a log to explain it by: a mistyped command, or a log that can't be written.
  if (!(error instanceof PersonError)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? usageExit : 1;
}
