import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { nodeYaml } from "../../../base/nodeYaml.ts";

const asGoReads = (text: string): unknown => parse(text, { version: "1.1" });

test.each([
  "on",
  "y",
  "No",
  "52:54:00:12:34:56",
  "2026-11-21T13:34:19Z",
  "0o17",
  "017",
  "1e3",
  "~",
])("text %s is text on a node", (text) => {
  expect(asGoReads(nodeYaml({ name: text }))).toEqual({ name: text });
});

test("without it, a node named on is a truth value there", () => {
  expect(asGoReads(stringify({ name: "on" }))).toEqual({ name: true });
});
