import { describe, expect, test } from "vitest";
import { isAllGone } from "../../../tools/cli/commands/destroy.ts";
import { testSession } from "./session.ts";

const urn = (name: string) => `urn:pulumi:test::hardway::x::${name}`;
const stackItself = { type: "pulumi:pulumi:Stack", urn: urn("hardway-test") };
const named = (...names: string[]) => names.map((name) => ({ type: "x", urn: urn(name) }));

/** An engine whose state contains these resources. */
const engineWith = (deployment: object | null) => ({
  output: () => Promise.resolve(JSON.stringify({ version: 3, deployment })),
});

describe("after pulumi destroy, the lab's files go", () => {
  test.for([
    ["with an empty state", { resources: [] }],
    ["with no state at all", null],
    ["where only the stack itself is left", { resources: [stackItself] }],
  ] as const)("%s", async ([, deployment]) => {
    const { session, lines } = testSession();
    expect(await isAllGone(session, engineWith(deployment))).toBe(true);
    expect(lines).toEqual([]);
  });

  test("not while something is left, as after --target, --exclude or --help", async () => {
    const { session, lines } = testSession();
    const few = engineWith({ resources: [stackItself, ...named("a-host", "a-domain")] });
    expect(await isAllGone(session, few)).toBe(false);
    const many = engineWith({ resources: named("a", "b", "c", "d", "e", "f") });
    expect(await isAllGone(session, many)).toBe(false);
    expect(lines).toEqual([
      "lab test: pulumi left 2 resources (a-host, a-domain), so the lab's files were kept; `./lab --stack test destroy` removes them",
      "lab test: pulumi left 6 resources (a, b, c, d, e, …), so the lab's files were kept; `./lab --stack test destroy` removes them",
    ]);
  });
});
