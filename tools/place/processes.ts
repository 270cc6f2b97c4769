import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** A process in a lab's namespaces. */
export interface LabProcess {
  readonly pid: number;
  /** The command's name, which the kernel cuts to 15 characters. */
  readonly name: string;
}

/** The sources of all tmpfs mounts in a /proc/PID/mountinfo; one may be a lab's mark. */
export function tmpfsSources(mountinfo: string): string[] {
  return [...mountinfo.matchAll(/ - tmpfs (\S+) /g)].map(([, source]) => source ?? "");
}

/**
 * The processes that see a tmpfs mount with a matching source, by PID. Unlike a PID file, a mount
 * cannot be lost, and never matches a process that reuses a PID.
 *
 * @param fits receives the source of the tmpfs that start.sh mounts on /run/libvirt
 * @param proc the procfs to read
 */
export async function processesMarked(
  fits: (mark: string) => boolean,
  proc = "/proc",
): Promise<LabProcess[]> {
  const pids = (await readdir(proc)).filter((entry) => /^\d+$/.test(entry));
  /** Empty for a process that has ended or is another user's. */
  const read = (path: string) => readFile(join(proc, path), "utf8").catch(() => "");
  const namespaceOf = (pid: string) => readlink(join(proc, pid, "ns/mnt")).catch(() => "");

  const isMarked = async (namespace: string, members: readonly string[]) => {
    for (const pid of members) {
      const mounts = await read(`${pid}/mountinfo`);
      // Ignores a process that ended or changed its namespace between the two reads, as nsenter
      // does.
      if (mounts !== "" && (await namespaceOf(pid)) === namespace) {
        return tmpfsSources(mounts).some(fits);
      }
    }
    return false;
  };

  const located = await Promise.all(
    pids.map(async (pid) => ({ pid, namespace: await namespaceOf(pid) })),
  );
  // All processes of a namespace have the same mounts, so one of them is read.
  const members = new Map<string, string[]>();
  for (const { pid, namespace } of located) {
    if (namespace !== "") members.set(namespace, [...(members.get(namespace) ?? []), pid]);
  }
  const found = await Promise.all(
    [...members].map(async ([namespace, theirs]) =>
      (await isMarked(namespace, theirs)) ? theirs : [],
    ),
  );
  const processes = await Promise.all(
    found.flat().map(async (pid): Promise<LabProcess[]> => {
      const [status, name] = await Promise.all([read(`${pid}/stat`), read(`${pid}/comm`)]);
      // A zombie has no namespaces; it waits for its parent to reap it.
      return status === "" || / Z /.test(status) ? [] : [{ pid: Number(pid), name: name.trim() }];
    }),
  );
  return processes.flat().sort((a, b) => a.pid - b.pid);
}
