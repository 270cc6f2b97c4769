import { spawn } from "node:child_process";
import { constants } from "node:os";
import { takeSignals } from "../../base/interruption.ts";
import type { Session } from "../../base/session.ts";

export interface PulumiRun {
  /** The command, as it is started: `pulumi` behind whatever brings it into the lab's namespaces. */
  readonly argv: readonly string[];
  /** What the log calls it. Not its arguments: a person's own among them may be secret (`-- --config token=…`). */
  readonly name: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True where it may ask at the terminal. */
  readonly asks: boolean;
}

/**
 * Runs pulumi to its end and returns its exit code; what it prints reaches the person as it comes.
 *
 * Each Ctrl-C reaches it once: the first lets it finish what it began, a second ends it at once. Where it asks questions it
 * shares lab's process group, to which the terminal itself sends the signal. Otherwise it gets a group of its own, and lab
 * passes signals on, so that it does not get the terminal's and lab's.
 */
export async function runPulumi(
  { argv, name, cwd, env, asks }: PulumiRun,
  { log, terminal }: Pick<Session, "log" | "terminal">,
): Promise<number> {
  const [command = "", ...args] = argv;
  log.write(`$ ${name} …`);
  terminal.close();
  // On a terminal pulumi draws by itself; elsewhere its lines also go to the log.
  const drawn = process.stdout.isTTY;
  const child = spawn(command, args, {
    cwd,
    env,
    detached: !asks,
    stdio: [asks ? "inherit" : "ignore", drawn ? "inherit" : "pipe", drawn ? "inherit" : "pipe"],
  });
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from?.on("data", (chunk: Buffer) => {
      to.write(chunk);
      log.write(chunk.toString().replace(/\n$/, ""));
    });
  }
  const pass = (signal: NodeJS.Signals) => {
    if (asks && signal === "SIGINT") return;
    log.write(`${signal} passed on to pulumi`);
    // It takes SIGTERM as SIGINT; a hang-up of the terminal must not leave it half-way either.
    child.kill("SIGINT");
  };
  const release = takeSignals(pass);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit, signal) => {
        resolve(exit ?? 128 + constants.signals[signal ?? "SIGKILL"]);
      });
    });
    log.write(`pulumi ended with ${code}`);
    return code;
  } finally {
    release();
  }
}
