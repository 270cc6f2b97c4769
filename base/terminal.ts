import type { Log } from "./log.ts";

/** The interval of reports of a running task if no terminal can be redrawn, in milliseconds. */
const reminderMs = 15_000;

interface Task {
  readonly name: string;
  readonly started: number;
  message: string;
  lastPrinted: number;
}

/** A task in progress, as shown on the screen. */
export interface TaskView {
  report(message: string): void;
  done(message: string): void;
}

/**
 * Output on standard error during long work: permanent lines and, on a terminal, one last line that
 * shows the running tasks and their duration. All output also goes to the log.
 */
export class Terminal {
  readonly #stream: NodeJS.WriteStream;
  readonly #log: Log;
  readonly #isQuiet: boolean;
  readonly #tasks = new Set<Task>();
  #timer: NodeJS.Timeout | undefined;
  #drawn = false;

  constructor(
    log: Log,
    {
      stream = process.stderr,
      quiet = false,
    }: { readonly stream?: NodeJS.WriteStream; readonly quiet?: boolean } = {},
  ) {
    this.#log = log;
    this.#stream = stream;
    this.#isQuiet = quiet;
  }

  /** Prints a permanent line. */
  say(line: string): void {
    this.#log.write(line);
    this.#print(line);
  }

  /** Returns a log that is also printed (`--verbose`). */
  echoing(log: Log): Log {
    const write = (text: string) => {
      log.write(text);
      this.#print(text.trimEnd());
    };
    return { path: log.path, write };
  }

  /** Shows a running task. `what` is printed once; `name` begins each report. */
  task(name: string, what: string): TaskView {
    const now = Date.now();
    const task: Task = { name, started: now, message: what, lastPrinted: now };
    this.#progress(`${name}: ${what}`);
    this.#tasks.add(task);
    this.#timer ??= setInterval(() => this.#tick(), 1000).unref();
    this.#draw();
    return {
      report: (message) => {
        task.message = message;
        this.#log.write(`${name}: ${message}`);
        this.#tick();
      },
      done: (message) => {
        this.#remove(task);
        this.#progress(`${name}: ${message} (${elapsed(task)})`);
      },
    };
  }

  /** Erases the line of running tasks, for example before a child uses the terminal. */
  close(): void {
    this.#erase();
    this.#tasks.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #print(line: string): void {
    this.#erase();
    this.#stream.write(`${line}\n`);
    this.#draw();
  }

  #progress(line: string): void {
    this.#log.write(line);
    if (!this.#isQuiet) this.#print(line);
  }

  #remove(task: Task): void {
    this.#tasks.delete(task);
    if (this.#tasks.size > 0) return;
    this.#erase();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    if (this.#isQuiet) return;
    if (this.#stream.isTTY) {
      this.#erase();
      this.#draw();
      return;
    }
    for (const task of this.#tasks) {
      if (Date.now() - task.lastPrinted < reminderMs) continue;
      task.lastPrinted = Date.now();
      this.#stream.write(`${task.name}: ${task.message} (${elapsed(task)})\n`);
    }
  }

  #draw(): void {
    if (this.#isQuiet || !this.#stream.isTTY || this.#tasks.size === 0) return;
    const line = [...this.#tasks]
      .map((task) => `${task.name}: ${task.message} ${elapsed(task)}`)
      .join(" · ");
    this.#stream.write(line.slice(0, (this.#stream.columns || 80) - 1));
    this.#drawn = true;
  }

  #erase(): void {
    if (!this.#drawn) return;
    this.#stream.write("\r\u001b[K");
    this.#drawn = false;
  }
}

function elapsed(task: Task): string {
  return duration(Date.now() - task.started);
}

/** `7 s`, `3 min 20 s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
