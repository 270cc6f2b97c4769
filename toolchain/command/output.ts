import type { Operation } from "../rpc/provider.ts";

export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

/**
 * Shorter lines of standard input are not hidden: they are too likely to occur in ordinary output.
 */
const MIN_HIDDEN_LENGTH = 8;

/**
 * Collects a command's output and streams its lines to the engine.
 *
 * Secrets reach a command on standard input, so lines of standard input are hidden from the engine
 * and from errors. The resource's outputs contain them as printed.
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

  /** Resolves when the engine has received every line. */
  async flush(): Promise<void> {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#rest[stream] !== "") this.#say(this.#rest[stream]);
      this.#rest[stream] = "";
    }
    await this.#logged;
  }

  /** A stream's whole output, without the last newline. */
  text(stream: "stdout" | "stderr"): string {
    const chunks = this.#chunks.filter((part) => part.stream === stream);
    return Buffer.concat(chunks.map(({ chunk }) => chunk))
      .toString()
      .replace(/\n$/, "");
  }

  /** Both streams in the order of arrival, with secrets hidden, for an error. */
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

/** Errors shorten longer commands to this length. */
const MAX_COMMAND_LENGTH = 200;

/** `<what>: running "<command>":` and the output: the official plugin's wording of a failure. */
export function failureText(what: string, command: string, output: Output): string {
  const shown =
    command.length <= MAX_COMMAND_LENGTH
      ? JSON.stringify(command)
      : `${JSON.stringify(command.slice(0, MAX_COMMAND_LENGTH))}… (${command.length} characters)`;
  return `${what}: running ${shown}:\n${output.readable()}`;
}
