import { describe, expect, test } from "vitest";
import { areEqual, changesBetween, rootOf } from "../../../toolchain/rpc/diff.ts";
import {
  type Properties,
  reveal,
  secret,
  UNKNOWN,
  type Value,
} from "../../../toolchain/rpc/value.ts";

const asset = (hash: string, path: string): Value => ({
  "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
  hash,
  path,
});

describe("changesBetween, as the engine's own object diff", () => {
  const table: readonly [string, Properties, Properties, Record<string, string>][] = [
    ["equal", { a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 }, {}],
    [
      "a value added, removed, changed",
      { a: 1, b: 2 },
      { b: 3, c: 4 },
      { a: "delete", b: "update", c: "add" },
    ],
    ["null is none", { a: null }, { b: null }, {}],
    [
      "inside objects and arrays",
      { o: { x: 1 }, l: [1, 2] },
      { o: { x: 2 }, l: [1, 3, 4] },
      { "o.x": "update", "l[1]": "update", "l[2]": "add" },
    ],
    ["a shorter array", { l: [1, 2] }, { l: [1] }, { "l[1]": "delete" }],
    ["another type", { a: "1" }, { a: 1 }, { a: "update" }],
    ["names that need quotes", { d: { "a.b": 1 } }, { d: { "a.b": 2 } }, { 'd["a.b"]': "update" }],
    [
      "a secret is compared as a whole",
      { s: secret({ x: 1 }) },
      { s: secret({ x: 2 }) },
      { s: "update" },
    ],
    ["an equal secret", { s: secret({ x: 1 }) }, { s: secret({ x: 1 }) }, {}],
    ["a secret differs from the clear", { s: secret("x") }, { s: "x" }, { s: "update" }],
    ["an unknown differs from all that is known", { a: "x" }, { a: UNKNOWN }, { a: "update" }],
    ["assets are equal by content", { f: asset("h", "/a") }, { f: asset("h", "/b") }, {}],
    ["assets of other content", { f: asset("h", "/a") }, { f: asset("i", "/a") }, { f: "update" }],
  ];
  test.each(table)("%s", (_, olds, news, expected) => {
    expect(Object.fromEntries(changesBetween(olds, news))).toEqual(expected);
  });
});

test("rootOf gives the property that a path is in", () => {
  expect(["triggers[0]", "connection", "data.x", '["a.b"].c'].map(rootOf)).toEqual([
    "triggers",
    "connection",
    "data",
    "a.b",
  ]);
});

test("areEqual takes missing and null for the same", () => {
  expect(areEqual(undefined, null)).toBe(true);
  expect(areEqual(undefined, 0)).toBe(false);
});

test("reveal takes off envelopes at every depth", () => {
  expect(reveal({ a: secret([secret("x"), { b: secret(1) }]) })).toEqual({ a: ["x", { b: 1 }] });
});
