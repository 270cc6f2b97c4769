import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { labPaths } from "../../../base/paths.ts";
import { listenWhenThere } from "../../../mirror/listen.ts";
import { runningMirror, startMirror, stopMirror } from "../../../mirror/mirrorProcess.ts";
import { runCommand } from "../../../tools/cli/commands/mirror.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a mirror that runs", () => {
  const place = { address: "127.0.0.1", port: 8473 };

  /** Starts a process with the mirror's arguments; returns whether another one replaces it. */
  async function isReplaced(served: string, wanted: string): Promise<boolean> {
    vi.stubEnv("HARDWAY_STATE", temporaryDirectory());
    vi.stubEnv("HARDWAY_CACHE", wanted);
    const { mirrorPid } = labPaths("test");
    const options = ["--cache", served, "--address", place.address, "--port", `${place.port}`];
    const idle = ["-e", "process.stdout.write('.'); setInterval(() => undefined, 1000)", "--"];
    const child = spawn(process.execPath, [...idle, ...options, "--of", mirrorPid]);
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    mkdirSync(dirname(mirrorPid), { recursive: true });
    writeFileSync(mirrorPid, `${child.pid ?? ""}\n`);
    const enter = vi.fn(() => Promise.resolve(["true"]));
    await startMirror("test", place, enter);
    return enter.mock.calls.length > 0;
  }

  test("stays where it serves this cache, and is replaced where the cache has moved", async () => {
    expect(await isReplaced("/cache", "/cache")).toBe(false);
    expect(await isReplaced("/cache", "/elsewhere")).toBe(true);
  });
});

describe("a mirror whose port is taken", () => {
  test("is an error when it starts, with the program that has the port", async () => {
    vi.stubEnv("HARDWAY_STATE", temporaryDirectory());
    vi.stubEnv("HARDWAY_CACHE", temporaryDirectory());
    const other = createServer();
    onTestFinished(() => void other.close());
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const bound = other.address();
    const port = typeof bound === "object" ? (bound?.port ?? 0) : 0;
    const started = startMirror("test", { address: "127.0.0.1", port }, (argv) =>
      Promise.resolve([...argv]),
    );
    await expect(started).rejects.toThrow(
      new RegExp(
        `^mirror at 127.0.0.1:${port}: found .+ \\(pid ${process.pid}\\) that listens there, expected a free port; stop it, or set mirrorPort in hardway:cluster$`,
      ),
    );
    expect(existsSync(labPaths("test").mirrorPid)).toBe(false);
  });

  test.each([
    ["without a word", "process.exit(3)", /^the mirror ended with 3; .+mirror\.log has no reason$/],
    [
      "some time after its last words",
      "console.error('no mirror'); setTimeout(() => process.exit(1), 800)",
      /^no mirror$/,
    ],
  ])("and one that ends %s is an error", async (_, code, message) => {
    vi.stubEnv("HARDWAY_STATE", temporaryDirectory());
    vi.stubEnv("HARDWAY_CACHE", temporaryDirectory());
    const started = startMirror("test", { address: "127.0.0.1", port: 8473 }, () =>
      Promise.resolve([process.execPath, "-e", code]),
    );
    await expect(started).rejects.toThrow(message);
  });

  test("and one that only waits for its address is none", async () => {
    vi.stubEnv("HARDWAY_STATE", temporaryDirectory());
    vi.stubEnv("HARDWAY_CACHE", temporaryDirectory());
    // For documentation (RFC 5737): no machine has this address.
    const place = { address: "192.0.2.1", port: 8473 };
    await startMirror("test", place, (argv) => Promise.resolve([...argv]));
    expect(await runningMirror("test")).toMatchObject(place);
    await stopMirror("test");
  });
});

describe("a mirror that can't listen", () => {
  const server = (code: string) => {
    const made = createServer();
    made.listen = () => {
      setImmediate(() => made.emit("error", Object.assign(new Error(code), { code })));
      return made;
    };
    return made;
  };

  test.each([
    [
      "EACCES",
      "mirror at 127.0.0.1:80: found a port that only root may listen on, expected one from 1024 on; give another --port, or set mirrorPort in hardway:cluster",
    ],
    [
      "EADDRINUSE",
      "mirror at 127.0.0.1:80: found another program that listens there, expected a free port; stop it, or set mirrorPort in hardway:cluster",
    ],
  ])("says what to do about %s", async (code, message) => {
    const listening = listenWhenThere(server(code), { address: "127.0.0.1", port: 80 });
    await expect(listening).rejects.toThrow(message);
  });

  test("says what it waits for, once, and tries leave nothing behind", async () => {
    const told: string[] = [];
    const stop = new AbortController();
    const made = createServer();
    const listening = listenWhenThere(made, {
      // For documentation (RFC 5737): no machine has this address.
      address: "192.0.2.1",
      port: 8473,
      signal: stop.signal,
      onWait: (message) => {
        told.push(message);
        setTimeout(() => stop.abort(), 600);
      },
    });
    await expect(listening).rejects.toThrow();
    expect(told).toEqual(["waiting until this machine has the address 192.0.2.1"]);
    expect(["listening", "error"].map((event) => made.listenerCount(event))).toEqual([1, 0]);
  });

  test("refuses an address that is none", async () => {
    const { session } = testSession();
    const options = { address: "localhos", port: "8473" };
    const invocation = { positionals: ["serve"], options, rest: [] };
    await expect(runCommand(session, invocation)).rejects.toThrow(
      "--address localhos: expected an IP address of this machine, like 127.0.0.1",
    );
  });
});
