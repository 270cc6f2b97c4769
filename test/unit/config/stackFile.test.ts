import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { UserError } from "../../../base/errors.ts";
import { ConfigError } from "../../../config/messages/problem.ts";
import { encryptedPlaces } from "../../../config/resolve/encrypted.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import {
  clusterIn,
  effectiveCluster,
  hasEnvironment,
  misplacedKeys,
} from "../../../config/resolve/stackFile.ts";
import { readLabConfig } from "../../../tools/pulumi/labConfig.ts";
import { surroundings } from "./surroundings.ts";

const name = "Pulumi.dev.yaml";
const textOf = (machines: string) => `config:
  hardway:cluster:
    machines: ${machines}
    nodes: {cp: {roles: [control-plane], address: 10.17.0.11}}
`;

/** The error for this file, whose values another YAML reader may have read differently. */
function problemsOf(text: string, value: unknown = clusterIn(name, text)): string[] {
  try {
    labFrom(value, surroundings({ file: { name, text } }));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n  ").slice(1);
    throw error;
  }
}

describe("a value that readers of YAML understand differently", () => {
  test.each([
    [
      "04000",
      "is 2048 in YAML 1.1, but 4000 in YAML 1.2; write 4000, or put it in quotes if it is text",
    ],
    [
      "4_000",
      'is 4000 in YAML 1.1, but "4_000" in YAML 1.2; write the value in another way, or put it in quotes if it is text',
    ],
    [
      "1:30",
      'is 90 in YAML 1.1, but "1:30" in YAML 1.2; write the value in another way, or put it in quotes if it is text',
    ],
    [
      "yes",
      'is true in YAML 1.1, but "yes" in YAML 1.2; write the value in another way, or put it in quotes if it is text',
    ],
    [
      "off",
      'is false in YAML 1.1, but "off" in YAML 1.2; write the value in another way, or put it in quotes if it is text',
    ],
    [
      "0b1",
      'is 1 in YAML 1.1, but "0b1" in YAML 1.2; write the value in another way, or put it in quotes if it is text',
    ],
    [
      "2026-11-30",
      'is a time in YAML 1.1, but "2026-11-30" in YAML 1.2; write the value in another way, or put it in quotes if it is text',
    ],
    [
      "0980",
      "begins with 0, as octal numbers do in YAML 1.1; write 980, or put it in quotes if it is text",
    ],
  ])("%s is refused, with its line", (value, message) => {
    expect(problemsOf(textOf(`{memoryMiB: ${value}}`))).toEqual([
      `machines.memoryMiB (line 3): ${value} ${message}`,
    ]);
  });

  test("is refused whichever reader the value came from", () => {
    const text = textOf("{memoryMiB: 04000}");
    const read = { ...(clusterIn(name, text) as object), machines: { memoryMiB: 2048 } };
    expect(problemsOf(text, read)).toEqual([expect.stringContaining("04000 is 2048 in YAML 1.1")]);
  });

  test("is of no matter in a file that the engine did not read", () => {
    const other = parse(textOf("{memoryMiB: 4000}")) as { config: Record<string, object> };
    const read = { ...other.config["hardway:cluster"], mirrorPort: 8474 };
    expect(problemsOf(textOf("{memoryMiB: 04000, cpus: 4}"), read)).toEqual([]);
  });

  test("may be text in quotes; other values may stay as they are", () => {
    expect(problemsOf(textOf('{memoryMiB: 4000, pool: "/04000"}'))).toEqual([]);
  });
});

test("a lab may be JSON in a string, as `pulumi config set` without --path writes it", () => {
  const cluster = { nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } } };
  const text = `config: {"hardway:cluster": '${JSON.stringify(cluster)}'}`;
  expect(clusterIn(name, text)).toEqual(cluster);
  expect(problemsOf(text)).toEqual([]);
});

test("encrypted values are found wherever they are", () => {
  const secure = { secure: "v1:abc" };
  const value = { files: { "/a": { content: secure } }, ssh: { authorizedKeys: ["x", secure] } };
  expect(encryptedPlaces(value)).toEqual([
    ["files", "/a", "content"],
    ["ssh", "authorizedKeys", 1],
  ]);
  expect(encryptedPlaces({ secure: "a", other: 1 })).toEqual([]);
});

test("what the engine prints of a config is what the program gets", () => {
  const printed = (entry: object) => JSON.stringify({ "hardway:cluster": entry });
  const objectValue = { mirrorPort: 8474 };
  const value = JSON.stringify(objectValue);
  expect(effectiveCluster(printed({ value, objectValue, secret: true }))).toEqual(objectValue);
  expect(effectiveCluster(printed({ value, secret: false }))).toEqual(objectValue);
  expect(effectiveCluster("{}")).toBeUndefined();
});

test.each([
  ["environment: [dev]", true],
  ["environment:\n  imports: [dev]", true],
  ["environment:", false],
  ["config: {}", false],
])("%j imports an environment: %s", (text, isImported) => {
  expect(hasEnvironment(name, text)).toBe(isImported);
});

describe("a file that no reader of YAML understands is refused with its place", () => {
  const lots = ["a: &a [1,1,1,1,1,1,1,1,1,1]"]
    .concat(
      ["b", "c", "d"].map(
        (key, index) =>
          `${key}: &${key} [${"*a,*a,*a,*a,*a,*a,*a,*a,*a,*a".replaceAll("a", "abc"[index] ?? "")}]`,
      ),
    )
    .join("\n");
  test.each([
    [
      "an alias without its anchor",
      "config:\n  a: *nowhere\n",
      `${name} (line 2, column 6): is not YAML: Unresolved alias (the anchor must be set before the alias): nowhere`,
    ],
    [
      "aliases of aliases",
      lots,
      `${name} (line 1, column 1): is not YAML: its aliases repeat too much; write the values instead of the aliases`,
    ],
    [
      "a tag of YAML",
      "config:\n  a: !!merge x\n",
      `${name} (line 2, column 14): found the YAML tag "tag:yaml.org,2002:merge", expected values without tags; remove the tag`,
    ],
    [
      "a tag of another program",
      "config:\n  a: !Ref x\n",
      `${name} (line 2, column 11): found the YAML tag "!Ref", expected values without tags; remove the tag`,
    ],
    [
      "too many levels",
      `a: ${"[".repeat(20_000)}`,
      `${name}: is not YAML: it is nested too deeply; write fewer levels`,
    ],
  ])("%s", (_, text, message) => {
    expect(() => clusterIn(name, text)).toThrow(new UserError(message));
    expect(() => hasEnvironment(name, text)).toThrow(UserError);
  });

  test("a text of a million spaces is only measured", () => {
    const text = textOf(`{memoryMiB: "1${" ".repeat(1_000_000)}x"}`);
    expect(problemsOf(text)).toEqual([
      "machines.memoryMiB (line 3): has 1000002 characters; expected at most 4096",
    ]);
  });
});

describe("a lab that is not where it belongs", () => {
  test.each([
    [
      "under a name with a typing error",
      "config:\n  hardway:clutser:\n    nodes: {}\n",
      ["hardway:clutser: unknown key; did you mean hardway:cluster?"],
    ],
    [
      "without config:",
      "hardway:cluster:\n  nodes: {}\n",
      ["hardway:cluster: is one level too high; put it under config:, indented"],
    ],
    [
      "beside other keys of the project",
      "config:\n  hardway:cluster: {}\n  hardway:nodes: {}\n  aws:region: x\n",
      ["hardway:nodes: unknown key; every setting is in hardway:cluster"],
    ],
    ["in its place", textOf("{}"), []],
    ["in an empty file", "", []],
  ])("%s", (_, text, lines) => {
    expect(misplacedKeys(name, text).map(({ path, message }) => `${path}: ${message}`)).toEqual(
      lines,
    );
  });
});

test("a stack without a file, whose name is nearly that of another, gets that name as a hint", async () => {
  await expect(readLabConfig("devv")).rejects.toThrow(/; did you mean dev\?$/);
  await expect(readLabConfig("nothing-like-it")).rejects.toThrow(/other addresses$/);
});
