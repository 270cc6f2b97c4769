import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cachePaths, projectDir } from "../../base/paths.ts";
import type { FileLook, FileText } from "./fileLook.ts";
import type { Surroundings } from "./surroundings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads what a stack's config depends on, on this machine. Changes nothing. */
export function gatherSurroundings(
  stack: string,
  otherKeys: readonly string[],
  environment: Environment,
): Surroundings {
  const name = `Pulumi.${stack}.yaml`;
  const lockPath = environment.HARDWAY_LOCK || cachePaths().mirrorLock;
  return {
    stack,
    otherKeys,
    file: { name, text: textOf(join(projectDir, name)) },
    environment,
    home: homedir(),
    directory: projectDir,
    kvmOpens: kvmOpens(),
    lock: { path: lockPath, text: textOf(lockPath) },
    ownImage: cachePaths().ownImage,
    look: lookAt,
    read: readText,
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function kvmOpens(): boolean {
  try {
    closeSync(openSync("/dev/kvm", "r+"));
    return true;
  } catch {
    return false;
  }
}

/** A file's size, mode and first kilobyte. Opens regular files only: reading a pipe would block. */
export function lookAt(path: string): FileLook {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) {
      return {
        kind: "none",
        why: stats.isDirectory() ? "is a directory" : "is not a regular file",
      };
    }
    return { kind: "file", size: stats.size, mode: stats.mode & 0o777, head: headOf(path) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const known: Record<string, string> = {
      ENOENT: "does not exist",
      EACCES: "can't be read by this user",
    };
    return { kind: "none", why: known[code] ?? `can't be read (${code})` };
  }
}

export function readText(path: string): FileText {
  const look = lookAt(path);
  if (look.kind === "none") return look;
  const text = textOf(path);
  return text === undefined
    ? { kind: "none", why: "can't be read by this user" }
    : { kind: "text", text };
}

function headOf(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(1024);
    return head.subarray(0, readSync(file, head, 0, head.length, 0));
  } finally {
    closeSync(file);
  }
}
