import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { ConfigError } from "../../../config/messages/problem.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { clusterIn } from "../../../config/resolve/stackFile.ts";
import { surroundingsOfAll as around, changed, allSettings as good } from "./allSettings.ts";
import { pathsOf } from "./changes.ts";

const name = "Pulumi.dev.yaml";
const body = Buffer.from(`openssh-key-v1\0${"secret".repeat(40)}`).toString("base64");
const privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;

const fileOf = (raw: unknown): string => stringify({ config: { "hardway:cluster": raw } });

/** The complete error for this lab, in a stack's file; or as the engine passes it on, alone. */
function errorOf(raw: unknown, settings = around, text: string | undefined = fileOf(raw)): string {
  try {
    labFrom(raw, { ...settings, file: { name, text } });
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

/** Every place of the config that holds text, and every place of a key. */
const paths = pathsOf(good).filter((path) => path.length > 0);

describe.each([
  ["a private key", privateKey, body.slice(20, 60)],
  ["a private key without its first and last line", body, body.slice(20, 60)],
  ["a password in a URL", "https://ada:hunter2@example.org/x", "hunter2"],
  ["an access token", `ghp_${"abcdef".repeat(6)}`, "abcdefabcdef"],
])("%s", (_, secret, part) => {
  test("as a value is refused and not shown, wherever it is", () => {
    const shownAt = paths.filter((path) => {
      const message = errorOf(changed(good, path, () => secret));
      return (
        message === "" ||
        message.includes(part) ||
        !/\(not shown\)|private key: remove/.test(message)
      );
    });
    expect(shownAt).toEqual([]);
  });

  test("as a name is refused and not shown, wherever it is", () => {
    const mappings = paths.filter((path) => isMapping(valueAt(good, path)));
    const shownAt = mappings.filter((path) => {
      const message = errorOf(
        changed(good, path, (value) => ({ ...(value as object), [secret]: {} })),
      );
      return message === "" || message.includes(part) || !message.includes("not shown)");
    });
    expect(shownAt).toEqual([]);
  });
});

test.each([
  ["people.password", { people: { password: "swordfish" } }],
  ["flags.etcd.client-secret", { flags: { etcd: { "client-secret": ["swordfish"] } } }],
  ["files./etc/registry-token", { files: { "/etc/registry-token": "swordfish" } }],
])("a value under a name of secrets is not shown: %s", (_, changes) => {
  const message = errorOf({ ...good, ...changes }, around, "");
  expect(message).toContain("got a value that is not shown");
  expect(message).not.toContain("swordfish");
});

test("text of a million characters anywhere is refused in a short message", () => {
  const long = "1".repeat(1_000_000);
  const mistaken = paths.filter((path) => {
    const asValue = errorOf(
      changed(good, path, () => long),
      around,
      "",
    );
    return asValue === "" || asValue.length > 4000;
  });
  expect(mistaken).toEqual([]);
});

test("the number of printed problems has a bound, and the rest is counted", () => {
  const unknown = Array.from({ length: 5000 }, (_, index) => [`unknown${index}`, 1] as const);
  const message = errorOf({ ...good, ...Object.fromEntries(unknown) });
  expect(message).toContain("5000 problems");
  expect(message).toMatch(/… and 4950 more$/);
});

test("a name that JavaScript would read as a prototype is refused", () => {
  for (const path of paths.filter((one) => isMapping(valueAt(good, one)))) {
    const text = JSON.stringify(changed(good, path, (value) => ({ ...(value as object), "@": 1 })));
    const mutated: unknown = JSON.parse(text.replace('"@"', '"__proto__"'));
    expect(errorOf(mutated)).toContain("__proto__");
  }
});

test("values of YAML tags and deep nesting are refused", () => {
  const deep: unknown = JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`);
  const errorWith = (changes: object) => errorOf({ ...good, ...changes }, around, "");
  expect(errorWith({ kubelet: { maxPods: deep } })).toContain("nested deeper than 16 levels");
  expect(errorWith({ runtime: Symbol("<<") })).toContain("remove the YAML tag");
});

describe("the content of a file on nodes", () => {
  const file = (settings: object) => ({ ...good, files: { "/etc/key": settings } });

  test("that is secret and in plain text is refused with the way to encrypt it", () => {
    expect(errorOf(file({ content: privateKey, mode: "0600" }))).toContain(
      `files["/etc/key"].content (line`,
    );
    expect(errorOf(file({ content: privateKey, mode: "0600" }))).toContain(
      `run pulumi config set --secret --path 'hardway:cluster.files["/etc/key"].content'`,
    );
  });

  /** What the program reads after Pulumi decrypted the content. */
  const decrypted = (mode: string) => {
    const text = stringify({
      config: { "hardway:cluster": file({ content: { secure: "v1:x" }, mode }) },
    });
    return () => labFrom(file({ content: privateKey, mode }), { ...around, file: { name, text } });
  };

  test("may be secret if it is encrypted and only its owner may read it", () => {
    expect(decrypted("0600")().nodes[0]?.files?.["/etc/key"]).toMatchObject({ mode: 0o600 });
    expect(decrypted("644")).toThrow(/mode.*644 lets every user of the machine read the secret/);
  });

  test("that comes from a file may be secret if only its owner may read it", () => {
    const settings = { ...around, read: () => ({ kind: "text", text: privateKey }) as const };
    expect(errorOf(file({ from: "~/id", mode: "600" }), settings)).not.toContain("files[");
    expect(errorOf(file({ from: "~/id" }), settings)).toContain(
      "~/id holds a private key, and mode 644 lets every user",
    );
  });
});

test("a broken file that holds a private key is reported without its lines", () => {
  const text = `config:\n  hardway:cluster:\n    nodes:\n      cp:\n        host: {keyFile: ${privateKey}`;
  expect(() => clusterIn(name, text)).toThrow(/^Pulumi.dev.yaml.*is not YAML/);
  expect(() => clusterIn(name, text)).not.toThrow(body.slice(20, 60));
});

const isMapping = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const valueAt = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], value);
