import { spawn } from "node:child_process";
import { constants } from "node:os";
import { takeSignals } from "../../base/interruption.ts";
import type { Session } from "../../base/session.ts";

export interface PulumiRun {
  /** The command line: `pulumi`, with whatever runs it in the lab's namespaces in front. */
  readonly argv: readonly string[];
  /** The name in the log. Arguments are not logged: they may be secret (`-- --config token=…`). */
  readonly name: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether pulumi may ask at the terminal. */
  readonly asks: boolean;
}

/**
 * Runs pulumi and returns its exit code; its output is shown as it arrives.
 *
 * pulumi receives each Ctrl-C once: the first lets it finish the current operations, the second
 * stops it. If pulumi asks questions, it shares lab's process group and the terminal signals it.
 * Otherwise it has its own group, and lab forwards signals.
 */
export async function runPulumi(
  { argv, name, cwd, env, asks }: PulumiRun,
  { log, terminal }: Pick<Session, "log" | "terminal">,
): Promise<number> {
  const [command = "", ...args] = argv;
  log.write(`$ ${name} …`);
  terminal.close();
  // On a terminal, pulumi draws its own display; otherwise its lines also go to the log.
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
    log.write(`${signal} forwarded to pulumi`);
    // pulumi treats SIGTERM as SIGINT. SIGHUP must let it finish too.
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
