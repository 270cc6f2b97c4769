import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { takeLock } from "../../../base/fileLock.ts";
import { poll } from "../../../base/poll.ts";
import { columns } from "../../../base/textTable.ts";
import { digestIn } from "../../../mirror/digestFile.ts";
import { Ipv4Address } from "../../../model/addresses.ts";
import { knownHostsLine } from "../../../tools/access/access.ts";
import { acceleration } from "../../../tools/cli/commands/status.ts";
import { countLine, countReport, sum } from "../../../tools/cli/testRun.ts";
import { hasGuestsHere } from "../../../tools/place/acceleration.ts";
import { enterArgv } from "../../../tools/place/isolatedLab.ts";
import { defaultLabConfig, readLabConfig } from "../../../tools/pulumi/labConfig.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

describe("locks", () => {
  test("a second process sees the holder, and gets the lock when it is free", async () => {
    const path = join(temporaryDirectory(), "lock");
    const first = await takeLock(path, { what: "the first" });
    const told: string[] = [];
    const second = takeLock(path, {
      what: "the second",
      onWait: ({ pid, what }) => {
        told.push(`${what} ${pid}`);
        void first.release();
      },
    });
    await (await second).release();
    expect(told).toEqual([`the first ${process.pid}`]);
  });

  test("onWait may throw to avoid waiting; an interruption ends the wait", async () => {
    const path = join(temporaryDirectory(), "lock");
    const held = await takeLock(path, { what: "held" });
    const refuse = () => {
      throw new Error("busy");
    };
    await expect(takeLock(path, { what: "x", onWait: refuse })).rejects.toThrow("busy");
    const interrupted = new AbortController();
    const waiting = takeLock(path, {
      what: "x",
      signal: interrupted.signal,
      onWait: () => interrupted.abort(new Error("interrupted")),
    });
    await expect(waiting).rejects.toThrow("interrupted");
    await held.release();
  });

  test("a killed holder holds nothing", async () => {
    const path = join(temporaryDirectory(), "lock");
    const holder = join(temporaryDirectory(), "holder.ts");
    const lockFile = new URL("../../../base/fileLock.ts", import.meta.url).href;
    writeFileSync(
      holder,
      `import { takeLock } from ${JSON.stringify(lockFile)};
       await takeLock(${JSON.stringify(path)}, { what: "killed" });
       process.send("held"); setInterval(() => undefined, 1000);`,
    );
    const child = fork(holder, { execArgv: [], silent: true });
    await once(child, "message");
    const lock = takeLock(path, { what: "next", onWait: () => child.kill("SIGKILL") });
    await (await lock).release();
    expect(child.killed).toBe(true);
  });
});

describe("an isolated lab", () => {
  test("is entered without a shell in between that would swallow signals or split words", () => {
    expect(enterArgv(7, ["virsh", "list", "a b"], "/w d")).toEqual([
      ...["nsenter", "--target", "7", "--mount", "--net", "--"],
      ...["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", "/w d", "virsh", "list", "a b"],
    ]);
  });
});

describe("the lab's config", () => {
  const read = (text: string) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "Pulumi.x.yaml"), text);
    return readLabConfig("x", directory);
  };

  test("gives the mirror's place and what is made where", async () => {
    const text = `config:
  hardway:cluster:
    network: {nodes: 10.9.0.0/24}
    nodes: {a: {roles: [control-plane, worker], address: 10.9.0.5}}`;
    expect(await read(text)).toMatchObject({
      lab: {
        mirrorAddress: Ipv4Address.parse("10.9.0.1"),
        mirrorPort: 8473,
        nodes: [{ name: "a" }],
      },
      hypervisors: [{ uri: "qemu:///system", pool: "/var/lib/libvirt/hardway", nodes: ["a"] }],
      makesMachines: true,
      image: "debian-12",
    });
  });

  test("of a lab without a config has the defaults, and machines that destroy looks for", () => {
    expect(defaultLabConfig("x")).toMatchObject({
      hypervisors: [{ uri: "qemu:///system", pool: "/var/lib/libvirt/hardway", nodes: [] }],
      makesMachines: true,
    });
  });

  test("says of acceleration only where guests are made here", async () => {
    const host =
      "host: {hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S, keyFile: /id}";
    const lab = (node: string, machines = "{}") =>
      read(`config:
  hardway:cluster:
    network: {bridge: br0}
    mirrorAddress: 10.17.0.2
    machines: ${machines}
    nodes: {a: {roles: [control-plane, worker], address: 10.17.0.5, ${node}}}`);
    const { session } = testSession();
    const hosts = await lab(host);
    expect(hasGuestsHere(hosts)).toBe(false);
    expect(await acceleration(session, hosts)).toEqual([]);
    const remote = await lab("cpus: 2", "{libvirt: qemu+ssh://root@big/system, domainType: kvm}");
    expect(hasGuestsHere(remote)).toBe(false);
    expect(hasGuestsHere(await lab("cpus: 2"))).toBe(true);
  });

  test("accepts encrypted values, and JSON in a string", async () => {
    const secure = "{secure: v1:abc}";
    const text = `config:
  hardway:cluster:
    mirrorPort: 8474
    files: {/etc/token: {content: ${secure}, mode: "600"}}
    outside: {proxy: ${secure}}
    ssh: {authorizedKeys: [${secure}]}
    nodes: {a: {roles: [control-plane, worker], address: 10.17.0.5}}`;
    expect(await read(text)).toMatchObject({ lab: { mirrorPort: 8474, nodes: [{ name: "a" }] } });
    await expect(read(`${text}\n    nodez: {}`)).rejects.toThrow(
      /1 problem;.*\n {2}nodez \(line 8\)/,
    );
    await expect(read(text.replace("10.17.0.5", secure))).rejects.toThrow(
      /encrypted values that \.\/lab needs: .*nodes\.a\.address/,
    );
    const json = { nodes: { a: { roles: ["control-plane"], address: "10.17.0.5" } } };
    const string = `config: {"hardway:cluster": '${JSON.stringify(json)}'}`;
    expect(await read(string)).toMatchObject({ lab: { nodes: [{ name: "a" }] } });
  });

  test("refuses a value that has two meanings, as the program does", async () => {
    const text = `config:
  hardway:cluster:
    machines: {memoryMiB: 04000}
    nodes: {a: {roles: [control-plane, worker], address: 10.17.0.5}}`;
    await expect(read(text)).rejects.toThrow(
      "machines.memoryMiB (line 3): 04000 is 2048 in YAML 1.1, but 4000 in YAML 1.2",
    );
  });

  test("reports every mistake with its line, before anything is done", async () => {
    await expect(read("config:\n  hardway:cluster:\n    nodez: {}\n")).rejects.toThrow(
      /^Pulumi\.x\.yaml: \d problems?; nothing was changed\.\n.*nodez \(line 3\): unknown key; did you mean nodes\?/s,
    );
    await expect(read("config: [")).rejects.toThrow("Pulumi.x.yaml: is not YAML");
    await expect(readLabConfig("y", temporaryDirectory())).rejects.toThrow(
      /Pulumi\.y\.yaml: found nothing, expected the config of the stack y; copy Pulumi\.dev\.yaml/,
    );
  });
});

describe("small things", () => {
  test("a known_hosts line has brackets where the port is not 22", () => {
    const node = {
      name: "n",
      address: "10.0.0.5",
      port: 22,
      roles: [],
      user: "u",
      hostKey: "ssh-ed25519 AAAA root@n",
    };
    expect(knownHostsLine(node)).toBe("10.0.0.5 ssh-ed25519 AAAA");
    expect(knownHostsLine({ ...node, port: 2222 })).toBe("[10.0.0.5]:2222 ssh-ed25519 AAAA");
  });

  test("digest files of three kinds", () => {
    const [a, b] = ["a".repeat(64), "b".repeat(128)];
    const sha256 = { algorithm: "sha256", hex: a };
    expect(digestIn(`${a}\n`, "f", "u")).toEqual(sha256);
    expect(digestIn(`${b}  other\n${a} *./dir/f\n`, "f", "u")).toEqual(sha256);
    expect(digestIn(`# size\nSHA512 (f) = ${b}\n`, "f", "u")).toEqual({
      algorithm: "sha512",
      hex: b,
    });
    expect(() => digestIn(`${a}  other\n`, "f", "u")).toThrow("u: found");
  });

  test("vitest's report is counted, and a file that could not be loaded is a failure", () => {
    const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, testResults: [] };
    expect(countReport(report, 0)).toEqual({ passed: 3, failed: 0, skipped: 1 });
    const broken = { ...report, testResults: [{ status: "failed", assertionResults: [] }] };
    expect(countReport(broken, 1)).toEqual({ passed: 3, failed: 1, skipped: 1 });
    expect(countReport(report, 1).failed).toBe(1);
    expect(countReport(null, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    const counts = [countReport(report, 0), { passed: 1, failed: 0, skipped: 0 }];
    expect(countLine(sum(counts))).toBe("4 passed, 0 failed, 1 skipped");
  });

  test("a poll that gets nothing says what it waited for", async () => {
    const never = poll(() => Promise.resolve(undefined), {
      what: "rain",
      withinMs: 30,
      everyMs: 10,
    });
    await expect(never).rejects.toThrow("waited 0.03 s for rain");
  });

  test("columns are as wide as needed", () => {
    expect(
      columns([
        ["A", "B"],
        ["long", "x"],
      ]),
    ).toBe("A     B\nlong  x");
  });
});
