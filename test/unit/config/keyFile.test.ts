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
    "nodes.cp.host.keyFile: /home/ada/id asks for a passphrase, and nobody is there to type it; take it off with ssh-keygen -p -f /home/ada/id, or give a key of its own to the lab";
  test.each<[string, ReturnType<typeof fileOf>, string[]]>([
    ["good", privateKey, []],
    ["good, of the old format", fileOf("-----BEGIN RSA PRIVATE KEY-----\nMIIE"), []],
    [
      "missing",
      { kind: "none", why: "does not exist" },
      [
        "nodes.cp.host.keyFile: /home/ada/id does not exist; ssh-keygen -t ed25519 -f /home/ada/id makes a key, ssh-copy-id takes it to the host",
      ],
    ],
    [
      "the public one",
      fileOf(hostKey),
      [
        "nodes.cp.host.keyFile: /home/ada/id is a public key; give the private one, which has no .pub at its end",
      ],
    ],
    [
      "something else",
      fileOf("secret"),
      [
        "nodes.cp.host.keyFile: /home/ada/id is no private SSH key: it does not begin with -----BEGIN … PRIVATE KEY-----",
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
        "nodes.cp.host.keyFile: /home/ada/id has mode 0644, so others on this machine can reach it; run chmod 600 /home/ada/id",
      ],
    ],
  ])("%s", (_, file, expected) => {
    expect(linesFor(file)).toEqual(expected);
  });
  test("of many nodes is told of once", () => {
    const nodes = Object.fromEntries(
      [12, 13, 14].map((last) => [
        `n-${last}`,
        { roles: ["worker"], address: `10.17.0.${last}`, host: { keyFile: "~/id", hostKey } },
      ]),
    );
    expect(linesOf({ nodes: { cp, ...nodes } }, surroundings())).toHaveLength(1);
  });
});
