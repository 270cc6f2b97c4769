import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { provide } from "../../../components/remote/provide.ts";
import { putFile } from "../../../components/remote/script.ts";
import { temporaryDirectory, temporaryServer } from "../tools/temporary.ts";
import { isRoot, libraryFile, Machine, owner } from "./machine.ts";

const program = Buffer.from(`#!/bin/sh\necho v1\n${"# padding\n".repeat(150_000)}`);

/**
 * Runs a step with `directory` on a disk of this size, then once more with enough space. The disk
 * is in a mount namespace and is removed with its processes; `look` runs there after each step.
 */
async function runTwice(
  machine: Machine,
  {
    directory,
    kibibytes,
    step,
    look,
  }: Record<"directory" | "step" | "look", string> & { kibibytes: number },
): Promise<{ errors: string; seen: string[] }> {
  const disk = machine.path(directory);
  mkdirSync(disk, { recursive: true });
  machine.write("step", `. ${libraryFile}\n${step}`);
  const script = `
    mount -t tmpfs -o size=${kibibytes}k full ${disk}
    bash --norc -c "$(<${machine.path("step")})" tried >/dev/null; echo "ended with $?"; ${look}
    mount -o remount,size=16m ${disk}
    bash --norc -c "$(<${machine.path("step")})" tried >/dev/null; echo "ended with $?"; ${look}`;
  const { stdout, stderr } = await execa("unshare", ["--mount", "bash", "-c", script], {
    env: { HARDWAY_PREFIX: machine.root },
  });
  return { errors: stderr.replaceAll(machine.root, ""), seen: stdout.split("\n") };
}

/** kubelet in the publisher's form: the program itself, or packed. */
async function artifact(file: string, bytes: Buffer) {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const url = await temporaryServer((_, response) => response.end(bytes));
  return { name: "kubelet", version: "v1", file, sha256, urls: [url] } as const;
}

/** Every file of the artifact, and the program's output. */
const lookAt = (machine: Machine) =>
  `(cd ${machine.path("opt/hardway/bin")}; find . -type f -printf '%P\n' | sort; \
    [ ! -e ${machine.path("usr/local/bin/kubelet")} ] || ${machine.path("usr/local/bin/kubelet")})`;

// Mounts need root.
test.runIf(isRoot).each([
  [
    "a download",
    "kubelet",
    () => program,
    "error: tried: kubelet can't be stored: 0 MiB are free in /opt/hardway/bin/kubelet; make room there, then run this again",
  ],
  [
    "what is unpacked",
    "kubelet.tar.gz",
    packed,
    "error: tried: kubelet.tar.gz could not be unpacked: 0 MiB are free in /opt/hardway/bin/kubelet; make room there, then run this again",
  ],
])(
  "a disk too small for %s: the step says so, leaves nothing, and goes on when there is room",
  async (_, file, bytesOf, says) => {
    const machine = new Machine();
    const made = await artifact(file, bytesOf());
    const { errors, seen } = await runTwice(machine, {
      directory: "opt/hardway/bin",
      kibibytes: 1024,
      step: provide(made, { kubelet: machine.path("usr/local/bin/kubelet") }),
      look: lookAt(machine),
    });
    expect(errors.split("\n").at(-1)).toBe(says);
    const home = `kubelet/v1-${made.sha256.slice(0, 12)}`;
    expect(seen).toEqual([
      "ended with 1",
      "ended with 0",
      `${home}/.inventory`,
      `${home}/kubelet`,
      "v1",
    ]);
  },
);

test.runIf(isRoot)("a disk too small for a file: the one before stays as it was", async () => {
  const machine = new Machine();
  const path = machine.path("etc/kubernetes/large.yaml");
  const before = putFile(path, "before\n", "600", owner);
  const large = "x".repeat(60).concat("\n").repeat(1_600);
  const { errors, seen } = await runTwice(machine, {
    directory: "etc/kubernetes",
    kibibytes: 64,
    step: `[[ -e ${path} ]] || ${before}\n${putFile(path, large, "600", owner)}`,
    look: `ls ${machine.path("etc/kubernetes")}; head -c 6 ${path}; echo`,
  });
  expect(errors.split("\n").at(-1)).toBe(
    "error: tried: /etc/kubernetes/large.yaml could not be written: 0 MiB are free in /etc/kubernetes; make room there, then run this again",
  );
  expect(seen).toEqual([
    ...["ended with 1", "large.yaml", "before"],
    ...["ended with 0", "large.yaml", "xxxxxx"],
  ]);
});

/** The program in an archive that is much smaller than the program. */
function packed(): Buffer {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "kubelet"), program, { mode: 0o755 });
  execFileSync("tar", ["-czf", join(directory, "a.tar.gz"), "-C", directory, "kubelet"]);
  return readFileSync(join(directory, "a.tar.gz"));
}
