import { createPrivateKey, type KeyObject } from "node:crypto";
import ssh2 from "ssh2";

/**
 * Converts a private key to a form that ssh2 reads: OpenSSH's and the old PEM forms stay as they
 * are, PKCS#8 (`BEGIN PRIVATE KEY`), which the tls provider writes, is converted.
 *
 * @throws if the key cannot be read; the message contains no part of the key
 */
export function readablePrivateKey(pem: string, passphrase: string | undefined): string {
  const parsed = ssh2.utils.parseKey(pem, passphrase);
  if (!(parsed instanceof Error)) return pem;
  if (!/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(pem)) {
    throw new Error(`connection.privateKey: cannot be read: ${parsed.message}`);
  }
  return fromPkcs8(pem, passphrase);
}

function fromPkcs8(pem: string, passphrase: string | undefined): string {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    throw new Error(`connection.privateKey: cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  switch (key.asymmetricKeyType) {
    case "rsa":
      return key.export({ type: "pkcs1", format: "pem" }).toString();
    case "ec":
      return key.export({ type: "sec1", format: "pem" }).toString();
    case "ed25519":
      return ed25519ToOpenSsh(key);
    default:
      throw new Error(
        `connection.privateKey: found a key of type ${key.asymmetricKeyType ?? "unknown"}, expected rsa, ec or ed25519`,
      );
  }
}

/**
 * The unencrypted form of
 * https://github.com/openssh/openssh-portable/blob/V_10_0_P1/PROTOCOL.key.
 */
function ed25519ToOpenSsh(key: KeyObject): string {
  const { d = "", x = "" } = key.export({ format: "jwk" });
  const publicKey = Buffer.from(x, "base64url");
  const secretKey = Buffer.from(d, "base64url");
  const publicBlob = Buffer.concat([field("ssh-ed25519"), field(publicKey)]);
  const check = Buffer.alloc(8); // The same number twice; without encryption any number is valid.
  const privateBlob = Buffer.concat([
    check,
    field("ssh-ed25519"),
    field(publicKey),
    field(Buffer.concat([secretKey, publicKey])),
    field(""),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (privateBlob.length % 8)) % 8));
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(Buffer.concat([privateBlob, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    ...lines,
    "-----END OPENSSH PRIVATE KEY-----",
    "",
  ].join("\n");
}

/** A field of SSH's wire format: a length and that many bytes. */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
