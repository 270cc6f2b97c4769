import { describe, expect, test } from "vitest";
import { linesOf } from "./labErrors.ts";
import { fileOf, hostKey, privateKey, surroundings } from "./surroundings.ts";

const cp = { roles: ["control-plane"], address: "10.17.0.11" };

describe("key file", () => {
  const raw = { nodes: { cp: { ...cp, host: { keyFile: "~/id", hostKey } } } };
  const linesFor = (file: ReturnType<typeof fileOf>) =>
    linesOf(raw, surroundings({}, { "/home/ada/id": file }));
  const openssh = (cipher: string) =>
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from(`openssh-key-v1\0\0\0\0\x0a${cipher}`).toString("base64")}\n`;
  const locked =
    "nodes.cp.host.keyFile: /home/ada/id has a passphrase, which the program cannot enter; remove it with ssh-keygen -p -f /home/ada/id, or use another key for the lab";
  test.each<[string, ReturnType<typeof fileOf>, string[]]>([
    ["good", privateKey, []],
    ["good, of the old format", fileOf("-----BEGIN RSA PRIVATE KEY-----\nMIIE"), []],
    [
      "missing",
      { kind: "none", why: "does not exist" },
      [
        "nodes.cp.host.keyFile: /home/ada/id does not exist; ssh-keygen -t ed25519 -f /home/ada/id makes a key, ssh-copy-id installs it on the machine",
      ],
    ],
    [
      "the public one",
      fileOf(hostKey),
      [
        "nodes.cp.host.keyFile: /home/ada/id is a public key; give the private key, the path without .pub",
      ],
    ],
    [
      "something else",
      fileOf("secret"),
      [
        "nodes.cp.host.keyFile: /home/ada/id is not a private SSH key: it does not begin with -----BEGIN … PRIVATE KEY-----",
      ],
    ],
    ["encrypted", fileOf(openssh("aes256-ctr")), [locked]],
    ["encrypted, PKCS 8", fileOf("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE"), [locked]],
    [
      "encrypted, of the old format",
      fileOf("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"),
      [locked],
    ],
    [
      "for all to read",
      { ...privateKey, mode: 0o644 } as ReturnType<typeof fileOf>,
      [
        "nodes.cp.host.keyFile: /home/ada/id has mode 0644, so other users of this machine can access it; run chmod 600 /home/ada/id",
      ],
    ],
  ])("%s", (_, file, expected) => {
    expect(linesFor(file)).toEqual(expected);
  });
  test("of many nodes is reported once", () => {
    const nodes = Object.fromEntries(
      [12, 13, 14].map((last) => [
        `n-${last}`,
        { roles: ["worker"], address: `10.17.0.${last}`, host: { keyFile: "~/id", hostKey } },
      ]),
    );
    expect(linesOf({ nodes: { cp, ...nodes } }, surroundings())).toHaveLength(1);
  });
});
