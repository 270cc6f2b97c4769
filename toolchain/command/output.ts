import type { Operation } from "../rpc/provider.ts";

export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

/** Shorter lines of standard input are too likely to stand in honest output to be hidden there. */
const MIN_HIDDEN_LENGTH = 8;

/**
 * Collects what a command prints, and hands the lines on to the engine as they come.
 *
 * Standard input is how secrets reach a command: where the command prints one of its lines, neither the engine nor
 * an error gets it. The outputs of the resource stay as the command printed them.
 */
export class Output {
  readonly #log: Operation["log"];
  readonly #logging: Logging;
  readonly #hidden: readonly string[];
  readonly #chunks: { stream: "stdout" | "stderr"; chunk: Buffer }[] = [];
  readonly #rest = { stdout: "", stderr: "" };
  #logged: Promise<void> = Promise.resolve();

  constructor(options: { log: Operation["log"]; logging?: Logging; stdin?: string }) {
    this.#log = options.log;
    this.#logging = options.logging ?? "stdoutAndStderr";
    this.#hidden = (options.stdin ?? "")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.length >= MIN_HIDDEN_LENGTH);
  }

  add(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.#chunks.push({ stream, chunk });
    if (this.#logging !== "stdoutAndStderr" && this.#logging !== stream) return;
    const lines = (this.#rest[stream] + chunk.toString()).split("\n");
    this.#rest[stream] = lines.pop() ?? "";
    for (const line of lines) this.#say(line);
  }

  /** Resolves once the engine has every line. */
  async flush(): Promise<void> {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#rest[stream] !== "") this.#say(this.#rest[stream]);
      this.#rest[stream] = "";
    }
    await this.#logged;
  }

  /** All that was printed to a stream, without the last newline. */
  text(stream: "stdout" | "stderr"): string {
    const chunks = this.#chunks.filter((part) => part.stream === stream);
    return Buffer.concat(chunks.map(({ chunk }) => chunk))
      .toString()
      .replace(/\n$/, "");
  }

  /** Everything in the order in which it came, fit for an error. */
  readable(): string {
    return this.#withoutStdin(Buffer.concat(this.#chunks.map(({ chunk }) => chunk)).toString());
  }

  #say(line: string): void {
    this.#logged = this.#log({ severity: "info", text: this.#withoutStdin(line), ephemeral: true });
  }

  #withoutStdin(text: string): string {
    return this.#hidden.reduce((shown, line) => shown.replaceAll(line, "[standard input]"), text);
  }
}

/** Longer commands are named by their beginning: a script of hundreds of lines says nothing in an error. */
const MAX_COMMAND_LENGTH = 200;

/** `<what>: running "<command>":` and the output, as the official plugin words a command's failure. */
export function failureText(what: string, command: string, output: Output): string {
  const shown =
    command.length <= MAX_COMMAND_LENGTH
      ? JSON.stringify(command)
      : `${JSON.stringify(command.slice(0, MAX_COMMAND_LENGTH))}… (${command.length} characters)`;
  return `${what}: running ${shown}:\n${output.readable()}`;
}
