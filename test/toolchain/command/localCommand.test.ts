import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandProvider } from "../../../toolchain/command/commandProvider.ts";
import { type Properties, secret } from "../../../toolchain/rpc/value.ts";
import { testOperation } from "../support/operation.ts";
import { until } from "../support/until.ts";

const type = "command:local:Command";
const provider = commandProvider();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hardway-local-"));
});

afterAll(() => rm(directory, { recursive: true }));

async function create(inputs: Properties, signal?: AbortSignal) {
  const operation = testOperation(type, "step", signal);
  const { state } = await provider.create({ ...operation, inputs, isPreview: false });
  return { state, lines: operation.lines };
}

test("runs in a shell with input, directory and environment, and gives what it prints", async () => {
  const { state, lines } = await create({
    create: "cat; pwd; echo $A >&2",
    stdin: secret("from stdin\n"),
    dir: directory,
    environment: { A: "from env" },
  });
  expect(state.stdout).toBe(`from stdin\n${directory}`);
  expect(state.stderr).toBe("from env");
  expect(lines).toContainEqual({ severity: "info", text: directory, ephemeral: true });
});

test("uses another interpreter", async () => {
  const interpreter = [process.execPath, "-e"];
  expect((await create({ create: "console.log(6 * 7)", interpreter })).state.stdout).toBe("42");
});

test("without a command, makes nothing and prints nothing", async () => {
  expect((await create({ update: "echo no" })).state).toEqual({
    update: "echo no",
    stdout: "",
    stderr: "",
  });
});

test("says how it failed", async () => {
  await expect(create({ create: "echo why; exit 3" })).rejects.toThrow(
    'exit status 3: running "echo why; exit 3":\nwhy\n',
  );
  await expect(create({ create: "kill -9 $$" })).rejects.toThrow("signal: SIGKILL: running");
  await expect(create({ create: "x", interpreter: ["/no/such"] })).rejects.toThrow("ENOENT");
});

test("ends the whole process group when it is cancelled", async () => {
  const stop = new AbortController();
  const pidFile = join(directory, "pid");
  const failure = create({ create: `sleep 60 & echo $! > ${pidFile}; echo up; wait` }, stop.signal);
  const seen = expect(failure).rejects.toThrow(/^cancelled: running/);
  let pid = 0;
  await until("the child's pid", () => {
    void readFile(pidFile, "utf8").then(
      (text) => {
        pid = Number(text);
      },
      () => undefined,
    );
    return pid > 0;
  });
  stop.abort(new Error("cancelled"));
  await seen;
  await until("the grandchild to end", () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
});

test("local.run gives its arguments and what was printed", async () => {
  const args = { command: "echo hi; echo err >&2", logging: "none" };
  expect(await provider.invoke?.("command:local:run", args)).toEqual({
    ...args,
    stdout: "hi",
    stderr: "err",
  });
  await expect(provider.invoke?.("command:local:other", {})).rejects.toThrow("command:local:other");
});
