import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { secretFilter, secretIn, withoutSecrets } from "../../../base/secrets.ts";
import { quote, shortened, shown } from "../../../base/wording.ts";

const pem = (key: string): string => key.trim();
const keys = {
  "ed25519, PKCS#8": pem(
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  ),
  "EC, SEC 1": pem(
    generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ type: "sec1", format: "pem" })
      .toString(),
  ),
  "EC, PKCS#8": pem(
    generateKeyPairSync("ec", { namedCurve: "P-384" })
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString(),
  ),
  "RSA, PKCS#1": pem(
    generateKeyPairSync("rsa", { modulusLength: 2048 })
      .privateKey.export({ type: "pkcs1", format: "pem" })
      .toString(),
  ),
  "RSA, PKCS#8": pem(
    generateKeyPairSync("rsa", { modulusLength: 2048 })
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString(),
  ),
  OpenSSH: `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from(
    `openssh-key-v1\0${"\0".repeat(40)}${"key ".repeat(60)}`,
  )
    .toString("base64")
    .replace(/.{70}/g, "$&\n")}\n-----END OPENSSH PRIVATE KEY-----`,
};
const bodyOf = (key: string): string => key.split("\n").slice(1, -1).join("\n");

describe.each(Object.entries(keys))("a private key (%s)", (_, key) => {
  const forms = {
    whole: key,
    "in JSON": JSON.stringify(key),
    "on one line": key.replaceAll("\n", " "),
    "without its last line": key.split("\n").slice(0, -1).join("\n"),
    "without BEGIN and END": bodyOf(key),
    "without BEGIN, END and line ends": bodyOf(key).replaceAll("\n", ""),
  };
  const parts = bodyOf(key)
    .split("\n")
    .filter((line) => line.length > 20);

  test.each(Object.entries(forms))("%s is recognized, and no part of it is shown", (__, form) => {
    expect(secretIn(form)).toBe("a private key");
    expect(quote(form)).toBe("a private key (not shown)");
    expect(shown(`/home/ada/${form}`)).toBe("a private key (not shown)");
    const text = withoutSecrets(`${form} does not exist`);
    expect(parts.filter((part) => text.includes(part.slice(10, 30)))).toEqual([]);
  });

  test("that arrives line by line is left out, and what follows is not", () => {
    const filtered = secretFilter();
    const lines = ["before", ...key.split("\n"), "after it"].map(filtered).join("\n");
    expect(parts.filter((part) => lines.includes(part))).toEqual([]);
    expect(lines).toMatch(/^before\n\(private key, not shown\)\n+after it$/);
  });
});

test("a line that only begins like a private key does not hide the following lines", () => {
  const filtered = secretFilter();
  expect(filtered("-----BEGIN RSA PRIVATE KEY----- is missing")).not.toContain("BEGIN");
  expect(filtered("the lab {is} ready")).toBe("the lab {is} ready");
});

test.each([
  "http://ada:hunter2@proxy.example.org:3128",
  "http://ada:hun/ter2@proxy.example.org",
  "http://ada:hunter 2@proxy.example.org",
  "https://hunter2hunter2@example.org/image.qcow2",
  "qemu+tcp://ada:hunter2@big/system",
  "ada:hunter2@proxy.example.org:3128",
  "https://example.org/image.qcow2?token=hunter2",
  "https://example.org/?a=b&X-Amz-Signature=hunter2",
])("%s is a URL with credentials", (url) => {
  expect(secretIn(url)).toBe("a URL with credentials");
  expect(quote(url)).not.toContain("hunter2");
  if (!url.includes(" ") && url.includes("://")) {
    expect(withoutSecrets(`${url} can't be reached`)).not.toContain("ter2");
  }
});

test.each([
  "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
  "glpat-abcdefghijklmnopqrst",
  "AKIAABCDEFGHIJKLMNOP",
  "pul-0123456789abcdef0123456789abcdef01234567",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
])("%s is an access token", (token) => {
  expect(secretIn(token)).toBe("an access token");
  expect(withoutSecrets(`got ${token} here`)).toBe("got (token, not shown) here");
});

test.each([
  "qemu+ssh://root@big.example.org/system",
  "https://registry.example.org/v2/docker-hub",
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ada@laptop",
  "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUJ\n-----END CERTIFICATE-----",
  "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
  "/home/ada/.ssh/id_ed25519",
  "10.17.0.11",
  "Wiki: https://wiki.example.org:8443/lab\nQuestions: ops@example.org",
  "url: https://registry.example.org\nemail: ops@example.org",
  "Documentation=https://example.org\nAfter=a:b\nRequires=user@1000.service",
  "qemu+ssh://root@[fe80::1]/system",
])("%s is no secret", (text) => {
  expect(secretIn(text)).toBeUndefined();
  expect(withoutSecrets(text)).toBe(text);
});

test.each([
  "https://example.org/@types/node",
  "https://wiki.example.org:8443/lab, questions to: ops@example.org",
])("%s is no URL with credentials", (url) => {
  expect(secretIn(url)).toBeUndefined();
});

test("a password of digits is one, although a port looks like it", () => {
  expect(secretIn("http://ada:12345@proxy.example.org:3128")).toBe("a URL with credentials");
});

test("values that JSON lacks are quoted too", () => {
  expect([Symbol("<<"), 10n, Number.NaN, undefined].map(quote)).toEqual([
    "Symbol(<<)",
    "10",
    "NaN",
    "nothing",
  ]);
});

test("a long text keeps its first and last characters", () => {
  expect(shortened("abcdefghij", 4)).toBe("ab … (6 characters left out) … ij");
  expect(shortened("abcd", 4)).toBe("abcd");
});
