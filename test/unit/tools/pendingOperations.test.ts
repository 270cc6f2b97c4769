import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forgetPending } from "../../../tools/pulumi/pendingOperations.ts";
import { parseState } from "../../../tools/pulumi/stackState.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

/** Runs it on an exported state; returns the input of `pulumi stack import`. */
async function imported(exported: object): Promise<{ args: string; state: unknown } | undefined> {
  const directory = temporaryDirectory();
  const seen = join(directory, "seen");
  const pulumi = join(directory, "pulumi");
  writeFileSync(pulumi, `#!/bin/sh\necho "$*" >${seen}\ncat >>${seen}\n`);
  chmodSync(pulumi, 0o755);
  const env = { PATH: `${directory}:${process.env.PATH ?? ""}` };
  await forgetPending(testSession().session, { env }, parseState(exported));
  if (!existsSync(seen)) return undefined;
  const [args = "", state = ""] = readFileSync(seen, "utf8").split("\n");
  return { args, state: JSON.parse(state) as unknown };
}

const type = "command:remote:Command";
const resource = { urn: `urn:pulumi:test::hardway::${type}::a-host`, type, custom: true };
const operation = (type: string) => ({ type, resource });

test("what was being made is forgotten; all else in the state stays as it was", async () => {
  const deployment = { manifest: { time: "then" }, resources: [resource] };
  const state = (...pending: object[]) => ({
    version: 3,
    deployment: { ...deployment, pending_operations: pending },
  });
  expect(
    await imported(state(operation("creating"), operation("updating"), operation("creating"))),
  ).toEqual({
    args: "stack import --stack test --non-interactive",
    state: state(operation("updating")),
  });
});

test.for([
  ["never made", { version: 3, deployment: null }],
  ["whole", { version: 3, deployment: { resources: [resource] } }],
  // The engine drops these in its next run.
  [
    "with a change that was interrupted",
    { version: 3, deployment: { pending_operations: [operation("updating")] } },
  ],
] as const)("a stack %s is not written", async ([, exported]) => {
  expect(await imported(exported)).toBeUndefined();
});
