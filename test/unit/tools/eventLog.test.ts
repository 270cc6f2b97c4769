import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, describe, expect, test, vi } from "vitest";
import { labPaths, projectDir } from "../../../base/paths.ts";
import { poll } from "../../../base/poll.ts";
import { openEventLog } from "../../../tools/pulumi/eventLog.ts";
import { unfinishedIn } from "../../../tools/pulumi/unfinishedSteps.ts";
import { temporaryDirectory } from "./temporary.ts";

const type = "command:remote:Command";
const urn = `urn:pulumi:test::hardway::${type}::worker-1-kubelet`;
const secret = "-----BEGIN OPENSSH PRIVATE KEY-----";
const step = { metadata: { op: "update", urn, type, new: { inputs: { stdin: secret } } } };
const begins = JSON.stringify({ sequence: 1, resourcePreEvent: step });
const debug = JSON.stringify({ diagnosticEvent: { message: secret.repeat(20_000) } });

/** Every file below a directory with its content; a pipe has none. */
const contents = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "utf8"));

/** A pulumi that opens its event log as Go's os.Create does, writes it, and goes on if asked. */
const pulumi = (path: string, then = ""): string[] => [
  "-c",
  `exec 3<>"$1"; printf '%s\\n' "$2" >&3; cat >&3; ${then}`,
  "pulumi",
  path,
  begins,
];

describe("the events of a run", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    vi.unstubAllEnvs();
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  function lab() {
    const state = temporaryDirectory();
    vi.stubEnv("HARDWAY_STATE", state);
    const paths = labPaths("test");
    mkdirSync(paths.root, { recursive: true });
    return { state, paths };
  }

  test("are dropped if the filter was killed, and pulumi goes on", async () => {
    const { paths } = lab();
    const log = await openEventLog("test");
    const [, path = ""] = log.flags;
    const { stdout } = await execa("pgrep", [
      "--parent",
      String(process.pid),
      "--full",
      "filterEvents",
    ]);
    process.kill(Number(stdout.trim()), "SIGKILL");
    const child = spawn("bash", pulumi(path), { stdio: ["pipe", "inherit", "inherit"] });
    child.stdin.end(`${debug}\n`);
    expect(await once(child, "close")).toEqual([0, null]);
    await log.close();
    expect(readdirSync(paths.root)).toEqual(["events"]);
  });

  test("are in the file without any value, once the run has ended", async () => {
    const { state, paths } = lab();
    const log = await openEventLog("test");
    const [, path = ""] = log.flags;
    const child = spawn("bash", pulumi(path), { stdio: ["pipe", "inherit", "inherit"] });
    child.stdin.end(`${debug}\n`);
    await once(child, "close");
    await log.close();
    expect(unfinishedIn(readFileSync(paths.events, "utf8"))).toEqual([urn]);
    expect(contents(state).join("")).not.toContain("PRIVATE KEY");
    expect(readdirSync(paths.root)).toEqual(["events"]);
  });

  test("do not stop the run if the disk is full", async () => {
    const { paths } = lab();
    symlinkSync("/dev/full", paths.events);
    const log = await openEventLog("test");
    const [, path = ""] = log.flags;
    const child = spawn("bash", pulumi(path), { stdio: ["pipe", "inherit", "inherit"] });
    children.push(child);
    // More than the pipe holds, after the filter could not write.
    child.stdin.end(`${begins}\n${debug}\n${debug}\n`);
    expect((await once(child, "close"))[0]).toBe(0);
    await log.close();
  });

  test("are in the file without any value if lab and pulumi are killed", async () => {
    const { state, paths } = lab();
    const run = `
      import { spawn } from "node:child_process";
      import { openEventLog } from ${JSON.stringify(join(projectDir, "tools/pulumi/eventLog.ts"))};
      const log = await openEventLog("test");
      const child = spawn("bash", JSON.parse(process.argv[1]), { stdio: ["pipe", "ignore", "inherit"] });
      child.stdin.end(process.argv[2] + "\\n");
      process.stdout.write(String(child.pid));
    `;
    const args = ["--input-type=module", "--eval", run];
    const words = [
      JSON.stringify(pulumi(paths.eventPipe, "exec sleep 600")),
      debug.slice(0, 100_000),
    ];
    const killed = spawn(process.execPath, [...args, ...words], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, HARDWAY_STATE: state },
    });
    children.push(killed);
    const [pid] = (await once(killed.stdout, "data")) as [Buffer];
    const logged = () =>
      Promise.resolve(unfinishedIn(readFileSync(paths.events, "utf8"))[0] ?? undefined);
    await poll(logged, { what: "the event in the file", withinMs: 20_000 });
    killed.kill("SIGKILL");
    process.kill(Number(pid), "SIGKILL");
    await once(killed, "close");
    expect(unfinishedIn(readFileSync(paths.events, "utf8"))).toEqual([urn]);
    expect(contents(state).join("")).not.toContain("PRIVATE KEY");
  });
});
