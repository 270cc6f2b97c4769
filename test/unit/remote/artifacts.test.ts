import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { provide } from "../../../components/remote/provide.ts";
import type { PlannedArtifact } from "../../../plan/clusterPlan.ts";
import { temporaryDirectory, temporaryServer } from "../tools/temporary.ts";
import { Machine, type StepResult } from "./machine.ts";

const program = Buffer.from(`#!/bin/sh\necho v1\n${"# padding\n".repeat(500)}`);
const sha256Of = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** kubelet in the publisher's form: the program itself. */
function bare(urls: readonly string[], version = "v1.36.4", bytes = program): PlannedArtifact {
  return { name: "kubelet", version, file: "kubelet", sha256: sha256Of(bytes), urls };
}

const serve = (bytes: Buffer) => temporaryServer((_, response) => response.end(bytes));

/** The step that installs it; links stay inside the machine's directory. */
function install(machine: Machine, artifact: PlannedArtifact): string {
  return provide(artifact, { kubelet: machine.path("usr/local/bin/kubelet") });
}

const homeOf = ({ name, version, sha256 }: PlannedArtifact) =>
  `opt/hardway/bin/${name}/${version}-${sha256.slice(0, 12)}`;

/** Every file and directory in the artifacts' directory. */
function placed(machine: Machine): string[] {
  const top = machine.path("opt/hardway/bin");
  return machine.has("opt/hardway/bin")
    ? readdirSync(top, { recursive: true, encoding: "utf8" }).sort()
    : [];
}

function expectInstalled(
  machine: Machine,
  { exitCode, said, error }: StepResult,
  version = "v1.36.4",
) {
  expect({ exitCode, error }).toEqual({ exitCode: 0, error: "" });
  expect(said).toContain(`installed kubelet ${version}`);
  expect(execFileSync(machine.path("usr/local/bin/kubelet"), { encoding: "utf8" })).toBe("v1\n");
  expect(machine.mode("usr/local/bin/kubelet")).toBe("755");
}

/** The address of no server: its port was just closed. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

describe("provide", () => {
  test("a program: checked, placed under its version, linked; again, nothing is asked for", async () => {
    const machine = new Machine();
    let requests = 0;
    const url = await temporaryServer((_, response) => {
      requests += 1;
      response.end(program);
    });
    const artifact = bare([`${url}/kubelet`]);
    const step = install(machine, artifact);
    expectInstalled(machine, await machine.run(step));
    expect(await machine.run(step)).toEqual({ exitCode: 0, said: [], error: "" });
    expect(requests).toBe(1);
    const home = homeOf(artifact).replace("opt/hardway/bin/", "");
    expect(placed(machine)).toEqual(["kubelet", home, `${home}/.inventory`, `${home}/kubelet`]);
  });

  test.for(["tar.gz", "tgz"])("an archive (.%s) is unpacked as it is laid out", async (ending) => {
    const machine = new Machine();
    const source = temporaryDirectory();
    mkdirSync(join(source, "bin"));
    writeFileSync(join(source, "bin/containerd"), program, { mode: 0o755 });
    const file = `containerd-2.3.4.${ending}`;
    execFileSync("tar", ["-czf", join(source, file), "-C", source, "bin"]);
    const bytes = readFileSync(join(source, file));
    const url = await serve(bytes);
    const { exitCode, said, error } = await machine.run(
      provide(
        { name: "containerd", version: "v2.3.4", file, sha256: sha256Of(bytes), urls: [url] },
        { "bin/containerd": machine.path("usr/local/bin/containerd") },
      ),
    );
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: "" });
    expect(said).toEqual([
      "installed containerd v2.3.4",
      `linked ${machine.path("usr/local/bin/containerd")}`,
    ]);
    expect(machine.read("usr/local/bin/containerd")).toBe(program.toString());
  });

  test("an archive that is whole but can't be unpacked ends the step and leaves nothing", async () => {
    const machine = new Machine();
    const bytes = Buffer.from("no archive");
    const artifact: PlannedArtifact = {
      name: "etcd",
      version: "v3.6.14",
      file: "etcd.tar.gz",
      sha256: sha256Of(bytes),
      urls: [await serve(bytes)],
    };
    const { exitCode, error } = await machine.run(provide(artifact, {}));
    expect(exitCode).toBe(1);
    expect(error.split("\n").at(-1)).toMatch(
      /^error: tried: etcd\.tar\.gz could not be unpacked: \d+ MiB are free in \/opt\/hardway\/bin\/etcd$/,
    );
    expect(placed(machine)).toEqual(["etcd"]);
  });

  test("a program that is unpacked again counts as changed, so that its unit is restarted", async () => {
    const machine = new Machine();
    const artifact = bare([await serve(program)]);
    const link = machine.path("usr/local/bin/kubelet");
    const step = `${install(machine, artifact)}if placed kubelet.service ${link}; then say changed; fi\n`;
    await machine.run(step);
    expect((await machine.run(step)).said).toEqual([]);
    writeFileSync(machine.path(`${homeOf(artifact)}/kubelet`), "#!/bin/sh\necho v0\n");
    expect((await machine.run(step)).said).toEqual(["installed kubelet v1.36.4", "changed"]);
  });

  test("another version takes the link, and the one before goes", async () => {
    const machine = new Machine();
    const next = Buffer.from(program.toString().replace("# padding", "# changed"));
    await machine.run(install(machine, bare([await serve(program)])));
    const artifact = bare([await serve(next)], "v1.37.0", next);
    const result = await machine.run(install(machine, artifact));
    expectInstalled(machine, result, "v1.37.0");
    expect(result.said.filter((line) => line.startsWith("removed"))).toEqual([
      `removed ${machine.path(homeOf(bare([])))}`,
    ]);
    expect(readdirSync(machine.path("opt/hardway/bin/kubelet"))).toEqual([
      homeOf(artifact).split("/").at(-1),
    ]);
  });

  test("a failed change of version leaves the one before in place", async () => {
    const machine = new Machine();
    await machine.run(install(machine, bare([await serve(program)])));
    const { exitCode } = await machine.run(
      install(machine, bare([await nobody()], "v1.37.0", Buffer.from("x"))),
    );
    expect(exitCode).toBe(1);
    expect(execFileSync(machine.path("usr/local/bin/kubelet"), { encoding: "utf8" })).toBe("v1\n");
    expect(readdirSync(machine.path("opt/hardway/bin/kubelet"))).toHaveLength(1);
  });

  test.for([
    ["cut short by a power cut", (path: string) => truncateSync(path, 100)],
    ["emptied", (path: string) => truncateSync(path, 0)],
    ["replaced", (path: string) => writeFileSync(path, "other\n")],
  ] as const)("a program %s is installed again", async ([, spoil]) => {
    const machine = new Machine();
    const artifact = bare([await serve(program)]);
    await machine.run(install(machine, artifact));
    spoil(machine.path(`${homeOf(artifact)}/kubelet`));
    expectInstalled(machine, await machine.run(install(machine, artifact)));
  });
});

describe("a source that does not serve what was asked for", () => {
  const page = "<!DOCTYPE html>\n<html><body>Sign in to continue</body></html>";
  const wanted = sha256Of(program);
  const cases: [string, RequestListener, (url: string) => string][] = [
    [
      "other bytes",
      (_, response) => response.end("another program"),
      (url) =>
        `  ${url}: wanted sha256 ${wanted}, got ${sha256Of(Buffer.from("another program"))} (15 bytes)`,
    ],
    [
      "a page",
      (_, response) => response.end(page),
      (url) =>
        `  ${url}: wanted sha256 ${wanted}, got ${sha256Of(Buffer.from(page))} (${page.length} bytes), a page that begins with <!DOCTYPE html>`,
    ],
    [
      "nothing (404)",
      (_, response) => response.writeHead(404).end("no such file"),
      (url) => `  ${url}: curl: (22) The requested URL returned error: 404`,
    ],
    [
      "a part of it",
      (_, response) => {
        response.writeHead(200, { "content-length": program.length });
        response.write(program.subarray(0, 100), () => response.destroy());
      },
      (url) =>
        `  ${url}: curl: (18) transfer closed with ${program.length - 100} bytes remaining to read`,
    ],
    [
      "a part of it, and then stalls",
      (_, response) => {
        response.writeHead(200, { "content-length": program.length });
        response.write(program.subarray(0, 100));
      },
      (url) =>
        `  ${url}: curl: (28) Operation too slow. Less than 1024 bytes/sec transferred the last 1 seconds`,
    ],
  ];

  test.concurrent.for(cases)(
    "%s: the step ends, says so and leaves nothing",
    async ([, listener, says], { expect }) => {
      const machine = new Machine();
      const url = await temporaryServer(listener);
      const { exitCode, error } = await machine.run(install(machine, bare([url])), {
        env: { HARDWAY_STALL_SECONDS: "1" },
      });
      expect({ exitCode, error }).toEqual({
        exitCode: 1,
        error: `error: tried: kubelet can't be had; './lab mirror sync' brings what the mirror lacks:\n${says(url)}`,
      });
      expect(placed(machine)).toEqual([]);
      expect(machine.has("usr/local/bin/kubelet")).toBe(false);
    },
  );

  test.concurrent.for(cases)("%s: the next one is asked", async ([, listener], { expect }) => {
    const machine = new Machine();
    const urls = [await temporaryServer(listener), await serve(program)];
    const { exitCode, said, error } = await machine.run(install(machine, bare(urls)), {
      env: { HARDWAY_STALL_SECONDS: "1" },
    });
    expect({ exitCode, said, error }).toEqual({
      exitCode: 0,
      said: ["installed kubelet v1.36.4", `linked ${machine.path("usr/local/bin/kubelet")}`],
      error: "",
    });
  });

  test("when all fail, each is named with its own reason", async () => {
    const machine = new Machine();
    const urls = [await nobody(), await serve(Buffer.from("wrong"))];
    const { error } = await machine.run(install(machine, bare(urls)));
    const [first, ...rest] = error.split("\n");
    expect(first).toMatch(/^error: tried: kubelet can't be had; .*:$/);
    expect(rest.map((line) => line.split(": ")[0])).toEqual(urls.map((url) => `  ${url}`));
    expect(rest[0]).toContain("curl: (7) Failed to connect to 127.0.0.1 port");
  });
});

describe("a mirror that no packet reaches", () => {
  const mirror = async () => (await nobody()).replace(/\/*$/, "");

  test("is named, with the firewalls that may be the reason, and no advice to fill it", async () => {
    const machine = new Machine();
    const at = await mirror();
    const { error } = await machine.run(install(machine, bare([`${at}/artifacts/00/kubelet`])));
    const port = at.split(":").at(-1) ?? "";
    expect(error).toContain(`the mirror ${at} cannot be reached from this node`);
    expect(error).toContain(`firewall-cmd --zone=libvirt --add-port=${port}/tcp`);
    expect(error).toContain(`ufw allow ${port}/tcp`);
    expect(error).not.toContain("mirror sync");
  });

  test("is reported if the publisher has the file, since each file takes longer", async () => {
    const machine = new Machine();
    const at = await mirror();
    const urls = [`${at}/artifacts/00/kubelet`, await serve(program)];
    const { exitCode, said } = await machine.run(install(machine, bare(urls)));
    expect(exitCode).toBe(0);
    expect(said[0]).toContain(`the mirror ${at} cannot be reached: curl: (7)`);
  });
});

describe("a step that is killed", () => {
  test("in the middle of a transfer: a second run finishes the work", async () => {
    const machine = new Machine();
    let requests = 0;
    let begun = () => {};
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    let release = () => {};
    const url = await temporaryServer((_, response) => {
      requests += 1;
      if (requests > 1) {
        response.end(program);
        return;
      }
      release = () => response.destroy();
      response.writeHead(200, { "content-length": program.length });
      response.write(program.subarray(0, 100), begun);
    });
    const step = install(machine, bare([url]));
    const first = machine.start(step);
    await beginning;
    first.kill("SIGKILL");
    // The first run's curl still writes, so the second run waits for it.
    const second = machine.start(step);
    await new Promise((resolve) => second.stdout.once("data", resolve));
    release();
    const { exitCode, stdout, stderr } = await second;
    const said = stdout.split("\n");
    expect(said[0]).toBe("waiting for an earlier run of this step to end");
    expectInstalled(machine, { exitCode, said, error: stderr });
    expect(readdirSync(machine.path("opt/hardway/bin/kubelet"))).toHaveLength(1);
  });

  test("between any two commands: a second run finishes the work, and leftovers are gone", async () => {
    const artifact = bare([await serve(program)]);
    const whole = await new Machine().run(
      `set -T; trap 'say line' DEBUG; ${install(new Machine(), artifact)}`,
    );
    const commands = whole.said.filter((line) => line === "line").length;
    const moments = Array.from({ length: 8 }, (_, index) =>
      Math.ceil((commands * (index + 1)) / 9),
    );
    for (const moment of moments) {
      const machine = new Machine();
      const step = install(machine, artifact);
      await machine.run(
        `count=0; set -T; trap '((++count < ${moment})) || kill -9 $$' DEBUG; ${step}`,
      );
      const { exitCode, error } = await machine.run(step);
      expect({ moment, exitCode, error }).toEqual({ moment, exitCode: 0, error: "" });
      expect(execFileSync(machine.path("usr/local/bin/kubelet"), { encoding: "utf8" })).toBe(
        "v1\n",
      );
      expect(placed(machine)).toHaveLength(4);
    }
  });
});
