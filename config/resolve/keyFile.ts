import { join, resolve } from "node:path";
import { shown } from "../../base/wording.ts";
import type { FileLook } from "./fileLook.ts";

/** Makes a configured path absolute. */
export function expandPath(path: string, home: string, directory: string): string {
  return path === "~" || path.startsWith("~/")
    ? join(home, path.slice(1))
    : resolve(directory, path);
}

/** Why a file is not a usable SSH key, or undefined. Never includes content of the file. */
export function keyFileFault(file: string, look: FileLook): string | undefined {
  const path = shown(file);
  if (look.kind === "none") {
    return `${path} ${look.why}; ssh-keygen -t ed25519 -f ${path} makes a key, ssh-copy-id installs it on the machine`;
  }
  const text = look.head.toString("latin1");
  if (/^(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/]/.test(text)) {
    return `${path} is a public key; give the private key, the path without .pub`;
  }
  const [, kind] = /^-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----/.exec(text) ?? [];
  if (kind === undefined) {
    return `${path} is not a private SSH key: it does not begin with -----BEGIN … PRIVATE KEY-----`;
  }
  if (isEncrypted(text, kind)) {
    return `${path} has a passphrase, which the program cannot enter; remove it with ssh-keygen -p -f ${path}, or use another key for the lab`;
  }
  if ((look.mode & 0o077) !== 0) {
    const mode = look.mode.toString(8).padStart(4, "0");
    return `${path} has mode ${mode}, so other users of this machine can access it; run chmod 600 ${path}`;
  }
  return undefined;
}

/** In OpenSSH's own format the cipher's name follows the magic word; `none` means unencrypted. */
function isEncrypted(text: string, kind: string): boolean {
  if (kind !== "OPENSSH PRIVATE KEY") {
    return kind.startsWith("ENCRYPTED") || text.includes("Proc-Type: 4,ENCRYPTED");
  }
  const body = Buffer.from(text.split("\n").slice(1).join(""), "base64");
  const magic = "openssh-key-v1\0";
  const cipher = body.subarray(magic.length + 4, magic.length + 8).toString("latin1");
  return body.subarray(0, magic.length).toString("latin1") === magic && cipher !== "none";
}
