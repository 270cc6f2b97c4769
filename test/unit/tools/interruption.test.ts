import { PassThrough } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Interruption } from "../../../base/interruption.ts";
import { confirm } from "../../../base/session.ts";
import { testSession } from "./session.ts";

afterEach(() => void vi.restoreAllMocks());

/** A stand-in for the terminal: its input and output. */
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
