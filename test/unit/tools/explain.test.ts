import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { UserError } from "../../../base/errors.ts";
import { Interruption, interruptedMessage } from "../../../base/interruption.ts";
import { openLog } from "../../../base/log.ts";
import { projectDir } from "../../../base/paths.ts";
import { tryRun } from "../../../base/run.ts";
import { explain } from "../../../tools/cli/explain.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => void vi.restoreAllMocks());

/** Captures standard error from now on. */
function standardError(): () => string {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  return () => written.join("");
}

/** Node's error about a file. */
const systemError = (code: string, message: string, more: object = {}) =>
  Object.assign(new Error(`${code}: ${message}`), { code, ...more });

const elsewhere = "set HARDWAY_CACHE or HARDWAY_STATE to another directory";

describe("why a run failed", () => {
  const told = (error: unknown, stopped = false) => {
    const said = standardError();
    const { log } = testSession().session;
    const code = explain(error, { log, verbose: false, stopped });
    return { code, said: said(), log };
  };

  test("an interruption is reported as such and exits with 130, whatever the error", () => {
    const interrupted = { code: 130, said: `lab: ${interruptedMessage}\n` };
    expect(told(new Interruption())).toMatchObject(interrupted);
    expect(told(new Error("killed by SIGINT"), true)).toMatchObject(interrupted);
  });

  test("a user error prints only its message", () => {
    const { code, said } = told(new UserError("no such node"));
    expect({ code, said }).toEqual({ code: 1, said: "lab: no such node\n" });
  });

  test("a defect names the log, which has its stack", () => {
    const { code, said, log } = told(new TypeError("x is undefined"));
    expect({ code, said }).toEqual({
      code: 1,
      said: `lab: x is undefined\nlab: this is a defect of lab; the stack trace is in ${log.path}\n`,
    });
    expect(readFileSync(log.path, "utf8")).toContain("explain.test.ts");
  });

  test.for([
    [
      systemError("ENOSPC", "no space left on device, write"),
      `free some space there, or ${elsewhere}`,
    ],
    [
      systemError("EACCES", "permission denied, mkdir '/c/parts'", { path: "/c/parts" }),
      `make it writable for this user, or ${elsewhere}`,
    ],
  ] as const)("$0 is a user error", ([error, remedy]) => {
    expect(told(error).said).toBe(`lab: ${error.message}; ${remedy}\n`);
  });

  test("a process that may not be started or ended is no file", () => {
    expect(told(systemError("EPERM", "kill")).said).toContain("a defect");
    expect(told(systemError("EACCES", "spawn x", { path: "x" })).said).toContain("a defect");
  });
});

describe("a log that can't be written", () => {
  test("is reported before anything is done, without a stack", async () => {
    const cli = join(projectDir, "tools", "cli", "cli.ts");
    const status = (cache: string) => {
      const env = { HARDWAY_CACHE: cache, HARDWAY_STATE: cache };
      return tryRun(process.execPath, ["--no-warnings", cli, "status"], { env });
    };
    const full = temporaryDirectory();
    mkdirSync(join(full, "logs"));
    symlinkSync("/dev/full", join(full, "logs", "lab.log"));
    expect(await status(full)).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: `lab: ${full}/logs/lab.log: found ENOSPC: no space left on device, write, expected a log that can be written; free some space there, or ${elsewhere}`,
    });
    const file = join(full, "file");
    writeFileSync(file, "");
    const { exitCode, stderr } = await status(file);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^lab: .*\/file\/logs\/lab\.log: found E[^\n]*$/);
  });

  test("never hides other output, and is reported once", () => {
    const path = join(temporaryDirectory(), "logs", "lab.log");
    const log = openLog(path, "./lab up");
    rmSync(dirname(path), { recursive: true });
    const said = standardError();
    log.write("a step");
    const code = explain(new UserError("no such node"), { log, verbose: false, stopped: false });
    expect(code).toBe(1);
    const [first, ...others] = said().split("\n");
    expect(first).toMatch(/^lab: .*lab\.log: found ENOENT.*, expected a log that can be written; /);
    expect(others).toEqual(["lab: no such node", ""]);
  });
});
