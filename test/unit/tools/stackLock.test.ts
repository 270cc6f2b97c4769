import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { clearStackLock } from "../../../tools/pulumi/engine.ts";
import { fileBackendUrl } from "../../../tools/pulumi/env.ts";
import { describeLock, stackLocks } from "../../../tools/pulumi/stackLock.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => void vi.unstubAllEnvs());

describe("the stack's lock in the file backend", () => {
  const write = (state: string, lock: object) => {
    const directory = join(state, "pulumi/.pulumi/locks/organization/hardway/dev");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "uuid.json"), JSON.stringify(lock));
  };
  const lock = { username: "root", timestamp: "2026-11-21T06:20:00Z" };

  test("an ended pulumi of this machine is distinguished from one that may run", async () => {
    const state = temporaryDirectory();
    expect(await stackLocks("dev", state)).toEqual([]);
    // This process exists but is no pulumi: the id was reused.
    write(state, { ...lock, pid: process.pid, hostname: hostname() });
    const [dead] = await stackLocks("dev", state);
    expect(dead?.alive).toBe(false);
    write(state, { ...lock, pid: process.pid, hostname: "another" });
    const [other] = await stackLocks("dev", state);
    expect(other?.alive).toBe(true);
    expect(other && describeLock(other)).toBe(
      `pid ${process.pid} of root@another, since 2026-11-21T06:20:00Z`,
    );
  });

  test("a killed pulumi that was not reaped has ended", async () => {
    const state = temporaryDirectory();
    const program = join(state, "pulumi-of-test", "pulumi");
    mkdirSync(dirname(program));
    copyFileSync("/bin/sleep", program);
    // Its parent becomes another program, which has no handle of it.
    const parent = spawn("sh", ["-c", `${program} 60 & echo $!; exec sleep 60`]);
    onTestFinished(() => void parent.kill());
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    write(state, { ...lock, pid, hostname: hostname() });
    const alive = async () => (await stackLocks("dev", state)).map((found) => found.alive);
    // The shell's fork becomes the program only after a moment.
    await expect.poll(alive).toEqual([true]);
    process.kill(pid, "SIGKILL");
    await expect.poll(alive).toEqual([false]);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
  });

  test("a lock file cut short by a kill has no owner; other files are no locks", async () => {
    const state = temporaryDirectory();
    write(state, {});
    const directory = join(state, "pulumi/.pulumi/locks/organization/hardway/dev");
    writeFileSync(join(directory, "uuid.json"), '{"pid":47');
    writeFileSync(join(directory, "uuid.json.attrs"), "{}");
    const locks = await stackLocks("dev", state);
    expect(locks).toEqual([{ alive: false }]);
    expect(locks.map(describeLock)).toEqual(["with an incomplete lock file"]);
  });

  test("an ended pulumi's lock is removed in this machine's state, and ignored in another backend", async () => {
    const state = temporaryDirectory();
    vi.stubEnv("HARDWAY_STATE", state);
    write(state, { ...lock, pid: process.pid, hostname: hostname() });
    const bin = temporaryDirectory();
    const calls = join(bin, "calls");
    writeFileSync(join(bin, "pulumi"), `#!/bin/sh\necho "$*" >>${calls}\n`, { mode: 0o755 });
    const { session } = testSession();
    const clear = (backend: object) => {
      const env = { PATH: `${bin}:${process.env.PATH ?? ""}`, ...backend };
      return clearStackLock({ ...session, stack: "dev" }, { env });
    };
    // No URL means Pulumi Cloud, with its token.
    for (const PULUMI_BACKEND_URL of ["s3://shared", "file:///mnt/team?metadata=skip"]) {
      await clear({ PULUMI_BACKEND_URL });
    }
    await clear({});
    expect(existsSync(calls)).toBe(false);
    await clear({ PULUMI_BACKEND_URL: fileBackendUrl(join(state, "pulumi")) });
    expect(readFileSync(calls, "utf8")).toBe("cancel --yes --stack dev --non-interactive\n");
  });
});
