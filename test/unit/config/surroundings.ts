import type { FileLook } from "../../../config/resolve/fileLook.ts";
import type { Surroundings } from "../../../config/resolve/surroundings.ts";
import { artifacts } from "../../../model/versions.ts";

/** A mirror's lock file with every artifact, each with its own checksum. */
export const fullLock = {
  artifacts: Object.fromEntries(
    Object.entries(artifacts).map(([name, { version, file }], index) => [
      `${name}@${version}`,
      { file, sha256: (index + 10).toString(16).padStart(64, "a"), size: 1, source: "built" },
    ]),
  ),
  images: {},
};

/** A workstation with all requirements and these files. */
export function surroundings(
  changes: Partial<Surroundings> = {},
  files: Readonly<Record<string, FileLook>> = {},
): Surroundings {
  return {
    stack: "dev",
    otherKeys: [],
    file: { name: "Pulumi.dev.yaml" },
    environment: {},
    home: "/home/ada",
    directory: "/src/hardway",
    kvmOpens: true,
    lock: { path: "/cache/mirror/lock.json", text: JSON.stringify(fullLock) },
    ownImage: (sha256) => `/cache/own-image/${sha256}/image.qcow2`,
    look: (path) => files[path] ?? { kind: "none", why: "does not exist" },
    read: (path) => {
      const file = files[path] ?? { kind: "none", why: "does not exist" };
      return file.kind === "none" ? file : { kind: "text", text: file.head.toString() };
    },
    ...changes,
  };
}

export function fileOf(text: string | Buffer, mode = 0o600): FileLook {
  const head = Buffer.from(text);
  return { kind: "file", size: head.length, mode, head };
}

/** The start of a qcow2 file with a disk of this size. */
export function qcow2Head(virtualGiB: number): Buffer {
  const head = Buffer.alloc(104);
  head.writeUInt32BE(0x514649fb, 0);
  head.writeUInt32BE(3, 4);
  head.writeBigUInt64BE(BigInt(virtualGiB) * 1024n ** 3n, 24);
  return head;
}

export const qcow2 = (virtualGiB: number): FileLook => fileOf(qcow2Head(virtualGiB), 0o644);

export const privateKey = fileOf(
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from("openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none").toString("base64")}\n`,
);

/** No machine's key: 32 zero bytes. */
export const hostKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"),
  Buffer.alloc(32),
]).toString("base64")}`;
