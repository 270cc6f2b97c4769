import { createHash } from "node:crypto";

/** A server's public key. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` … */
  readonly type: string;
  /** The key in SSH's wire format. */
  readonly blob: Buffer;
}

/**
 * Parses a key in the form of known_hosts or authorized_keys: `ssh-ed25519 AAAA… comment`.
 *
 * @throws if the text does not have that form
 */
export function parseHostKey(text: string): HostKey {
  const match = /(?:^|\s)((?:ssh|ecdsa|sk)-\S+)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/.exec(text);
  const type = match?.[1];
  const blob = Buffer.from(match?.[2] ?? "", "base64");
  if (type === undefined || typeOf(blob) !== type) {
    throw new Error(
      "connection.hostKey: expected one public key as in known_hosts, `ssh-ed25519 AAAA…`; ssh-keyscan prints it",
    );
  }
  return { type, blob };
}

/** The name of the key's type, from the first field of the key. */
export function typeOf(blob: Buffer): string {
  return blob.length < 4 ? "" : blob.subarray(4, 4 + blob.readUInt32BE(0)).toString();
}

/** `ssh-ed25519 SHA256:…`, as ssh prints it. */
export function fingerprint(blob: Buffer): string {
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return `${typeOf(blob)} SHA256:${digest}`;
}

/** The signature algorithms for a key type; those with SHA-1 come last. */
export function signatureAlgorithms(type: string): string[] {
  return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [type];
}
