import { PassThrough } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import { explain } from "../../../tools/explain.ts";
import { Interruption, interruptedMessage } from "../../../tools/interruption.ts";
import { PersonError } from "../../../tools/personError.ts";
import { confirm } from "../../../tools/session.ts";
import { testSession } from "./session.ts";

afterEach(() => void vi.restoreAllMocks());

/** A terminal in place of this process's: what is typed there, and what it shows. */
function fakeTerminal() {
  const keys = Object.assign(new PassThrough(), { isTTY: true });
  const screen = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  vi.spyOn(process, "stdin", "get").mockReturnValue(keys as unknown as typeof process.stdin);
  vi.spyOn(process, "stderr", "get").mockReturnValue(screen as unknown as typeof process.stderr);
  const shown = () => String(screen.read() ?? "");
  return { keys, shown };
}

describe("a question", () => {
  const asking = (session = testSession().session) =>
    confirm({ ...session, yes: false }, "Destroy it?");

  test.for([
    ["y\r", true],
    ["Yes\r", true],
    ["n\r", false],
    ["\r", false],
  ] as const)("answered with %j is answered", async ([typed, answer]) => {
    const { keys, shown } = fakeTerminal();
    const answered = asking();
    keys.write(typed);
    expect(await answered).toBe(answer);
    expect(shown()).toContain("Destroy it? [y/N] ");
  });

  test.for([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ] as const)("answered with %s is an interruption", async ([, key]) => {
    const { keys } = fakeTerminal();
    const answered = asking();
    keys.write(key);
    await expect(answered).rejects.toThrow(Interruption);
  });

  test("ends with a signal", async () => {
    fakeTerminal();
    const stop = new AbortController();
    const answered = asking(testSession(stop.signal).session);
    stop.abort();
    await expect(answered).rejects.toThrow(Interruption);
  });
});

describe("why a run failed", () => {
  const told = (error: unknown, stopped = false) => {
    const { shown } = fakeTerminal();
    const { log } = testSession().session;
    const code = explain(error, { log, verbose: false, stopped });
    return { code, said: shown(), log: log.path };
  };

  test("an interruption is told as one and ends with 130, whatever it looked like", () => {
    const interrupted = { code: 130, said: `lab: ${interruptedMessage}\n` };
    expect(told(new Interruption())).toMatchObject(interrupted);
    expect(told(new Error("killed by SIGINT"), true)).toMatchObject(interrupted);
  });

  test("a person's mistake is its message alone, a defect names the log", () => {
    expect(told(new PersonError("no such node"))).toMatchObject({
      code: 1,
      said: "lab: no such node\n",
    });
    const { code, said, log } = told(new TypeError("x is undefined"));
    expect({ code, said }).toEqual({
      code: 1,
      said: `lab: x is undefined\nlab: this is a defect of lab; its stack is in ${log}\n`,
    });
  });
});
