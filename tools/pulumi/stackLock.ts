import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { statePaths } from "../../base/paths.ts";

/** The holder of a stack's lock, as Pulumi's file backend records it. */
const lockSchema = z.object({
  pid: z.number(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

export interface StackLock extends Partial<z.infer<typeof lockSchema>> {
  /** False if its process is known to have ended. */
  readonly alive: boolean;
}

/**
 * The locks of a stack in the file backend:
 * https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/lock.go
 */
export async function stackLocks(stack: string, state: string): Promise<StackLock[]> {
  const { backend } = statePaths(state);
  const directory = join(backend, ".pulumi", "locks", "organization", "hardway", stack);
  const names = await readdir(directory).catch(() => []);
  const files = names.filter((name) => !name.endsWith(".attrs"));
  const found = await Promise.all(files.map((name) => readLock(join(directory, name))));
  return found.filter((lock) => lock !== undefined);
}

/**
 * Undefined if the file was removed meanwhile. Pulumi counts every file, even a truncated one, as a
 * lock.
 */
async function readLock(path: string): Promise<StackLock | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const lock = lockSchema.parse(JSON.parse(text));
    return { ...lock, alive: await lives(lock) };
  } catch {
    return { alive: false };
  }
}

/**
 * A process on another machine counts as alive. A reused PID is not a pulumi, nor is a zombie, as
 * in a container without an init.
 */
async function lives({ pid, hostname: host }: z.infer<typeof lockSchema>): Promise<boolean> {
  if (host !== hostname()) return true;
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return /^Name:\tpulumi$/m.test(status) && !/^State:\t[ZX]/m.test(status);
}

/** `pid 4711 of root@vm, since 2026-11-21 06:20` */
export function describeLock({ pid, username, hostname: host, timestamp }: StackLock): string {
  if (pid === undefined) return "with an incomplete lock file";
  return `pid ${pid} of ${username}@${host}, since ${timestamp}`;
}
