import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** A process that lives in a lab's namespaces. */
export interface LabProcess {
  readonly pid: number;
  /** The command's name as the kernel has it, at most 15 characters. */
  readonly name: string;
}

/** The sources of all tmpfs mounts in the text of a /proc/PID/mountinfo: the place where a lab's mark stands. */
export function tmpfsSources(mountinfo: string): string[] {
  return [...mountinfo.matchAll(/ - tmpfs (\S+) /g)].map(([, source]) => source ?? "");
}

/**
 * Every process that sees a tmpfs mount whose source is a mark that fits, oldest number first. No pid file says this, so
 * nothing gets lost with one, and no stranger who got an old number is ever taken for ours.
 *
 * @param fits gets the source of the tmpfs that start.sh mounts on /run/libvirt
 * @param proc where the kernel tells of its processes
 */
export async function processesMarked(
  fits: (mark: string) => boolean,
  proc = "/proc",
): Promise<LabProcess[]> {
  const pids = (await readdir(proc)).filter((entry) => /^\d+$/.test(entry));
  /** Empty for a process that ended meanwhile, or another user's: not ours. */
  const read = (path: string) => readFile(join(proc, path), "utf8").catch(() => "");
  const namespaceOf = (pid: string) => readlink(join(proc, pid, "ns/mnt")).catch(() => "");

  const isMarked = async (namespace: string, members: readonly string[]) => {
    for (const pid of members) {
      const mounts = await read(`${pid}/mountinfo`);
      // One that ended or entered another namespace between the two looks tells nothing of this one: nsenter does that.
      if (mounts !== "" && (await namespaceOf(pid)) === namespace) {
        return tmpfsSources(mounts).some(fits);
      }
    }
    return false;
  };

  const located = await Promise.all(
    pids.map(async (pid) => ({ pid, namespace: await namespaceOf(pid) })),
  );
  // All processes of one namespace see the same mounts: it is asked once.
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
      // A zombie has no namespaces any more and only waits to be buried by its parent.
      return status === "" || / Z /.test(status) ? [] : [{ pid: Number(pid), name: name.trim() }];
    }),
  );
  return processes.flat().sort((a, b) => a.pid - b.pid);
}
