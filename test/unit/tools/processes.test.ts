import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { processesMarked, tmpfsSources } from "../../../tools/place/processes.ts";
import { temporaryDirectory } from "./temporary.ts";

const root = "24 1 254:0 / / rw - ext4 /dev/vda rw";
const ofLab = `${root}
63 43 0:39 / /run/libvirt rw,relatime - tmpfs hardway-dev-0123456789ab rw,mode=755
64 43 0:40 / /tmp/hardway-dev-0123456789ab rw - tmpfs tmpfs rw`;

interface Told {
  readonly name: string;
  readonly namespace: string;
  /** Undefined if the process ended after its namespace was read. */
  readonly mounts?: string;
  readonly state?: string;
}

/** A stand-in for /proc with these processes, by id. */
function procOf(processes: Readonly<Record<number, Told>>): string {
  const proc = temporaryDirectory();
  for (const [pid, { name, namespace, mounts, state = "S" }] of Object.entries(processes)) {
    mkdirSync(join(proc, pid, "ns"), { recursive: true });
    symlinkSync(`mnt:[${namespace}]`, join(proc, pid, "ns/mnt"));
    if (mounts !== undefined) writeFileSync(join(proc, pid, "mountinfo"), mounts);
    writeFileSync(join(proc, pid, "stat"), `${pid} (${name}) ${state} 1`);
    writeFileSync(join(proc, pid, "comm"), `${name}\n`);
  }
  writeFileSync(join(proc, "uptime"), "1 1");
  return proc;
}
const find = (proc: string) => processesMarked((mark) => mark === "hardway-dev-0123456789ab", proc);
const daemon = { name: "libvirtd", namespace: "2", mounts: ofLab };
const stranger = { name: "init", namespace: "1", mounts: root };

describe("the processes of an isolated lab", () => {
  test("are identified by the source of a tmpfs", () => {
    expect(tmpfsSources(ofLab)).toEqual(["hardway-dev-0123456789ab", "tmpfs"]);
  });

  test("are those that live in a namespace which has it mounted, oldest number first", async () => {
    const machine = { name: "qemu-system-x86", namespace: "2", mounts: ofLab };
    const proc = procOf({ 1: stranger, 12: machine, 9: daemon });
    expect(await find(proc)).toEqual([
      { pid: 9, name: "libvirtd" },
      { pid: 12, name: "qemu-system-x86" },
    ]);
    expect(await processesMarked((mark) => mark.startsWith("other-"), proc)).toEqual([]);
  });

  test("are found also when the first of them ends while it is looked at", async () => {
    const proc = procOf({ 1: stranger, 5: { name: "virsh", namespace: "2" }, 9: daemon });
    rmSync(join(proc, "5/stat"));
    expect(await find(proc)).toEqual([{ pid: 9, name: "libvirtd" }]);
  });

  test("do not include a zombie, which is in no namespace any more", async () => {
    expect(await find(procOf({ 9: { ...daemon, state: "Z" } }))).toEqual([]);
  });

  // A process that enters a lab starts outside it. Otherwise all processes of this machine would
  // count as the lab's, and be ended with it.
  test("do not include others for one that enters the lab while it is looked at", async () => {
    const proc = procOf({ 4: { name: "nsenter", namespace: "1" }, 7: stranger, 9: daemon });
    await execa("mkfifo", [join(proc, "4/mountinfo")]);
    const finding = find(proc);
    // Opens when the other side reads; the next lines run between the two reads.
    const mountinfo = await open(join(proc, "4/mountinfo"), "w");
    rmSync(join(proc, "4/ns/mnt"));
    symlinkSync("mnt:[2]", join(proc, "4/ns/mnt"));
    await mountinfo.writeFile(ofLab);
    await mountinfo.close();
    expect(await finding).toEqual([{ pid: 9, name: "libvirtd" }]);
  });
});
