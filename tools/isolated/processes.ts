import { readdir, readFile, readlink } from "node:fs/promises";

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

/** Empty for a process that ended meanwhile, or another user's: not ours. */
function readProc(path: string): Promise<string> {
  return readFile(`/proc/${path}`, "utf8").catch(() => "");
}

/**
 * Every process that sees a tmpfs mount whose source is a mark that fits, oldest number first. No pid file says this, so
 * nothing gets lost with one, and no stranger who got an old number is ever taken for ours.
 *
 * @param fits gets the source of the tmpfs that start.sh mounts on /run/libvirt
 */
export async function processesMarked(fits: (mark: string) => boolean): Promise<LabProcess[]> {
  const entries = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  // All processes of one namespace see the same mounts: one look each.
  const verdicts = new Map<string, Promise<boolean>>();
  const found = await Promise.all(
    entries.map(async (pid): Promise<LabProcess[]> => {
      const namespace = await readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined);
      if (namespace === undefined) return [];
      const look = () => readProc(`${pid}/mountinfo`).then((text) => tmpfsSources(text).some(fits));
      const verdict = verdicts.get(namespace) ?? look();
      verdicts.set(namespace, verdict);
      if (!(await verdict)) return [];
      const [status, name] = await Promise.all([readProc(`${pid}/stat`), readProc(`${pid}/comm`)]);
      // A zombie has no namespaces any more and only waits to be buried by its parent.
      return / Z /.test(status) ? [] : [{ pid: Number(pid), name: name.trim() }];
    }),
  );
  return found.flat().sort((a, b) => a.pid - b.pid);
}
