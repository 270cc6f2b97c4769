import { beforeAll, describe, expect, test } from "vitest";
import { companyAuthority } from "../../harness/program/certificates.ts";
import { devCluster } from "../../harness/program/labs.ts";
import { nodeSteps } from "../../harness/program/nodeSteps.ts";
import { type ProgramRun, runProgram } from "../../harness/program/runProgram.ts";

/** The custom CAs' difference to the graph. */

let plain: ProgramRun;
let trusting: ProgramRun;

beforeAll(async () => {
  [plain, trusting] = await Promise.all([
    runProgram({ cluster: devCluster }),
    runProgram({ cluster: { ...devCluster, outside: { authorities: [companyAuthority] } } }),
  ]);
});

describe("an authority", () => {
  test("is one step more on each node, and nothing else is another", () => {
    // Images and seeds are different files in each run.
    const inputs = ({ registrations }: ProgramRun) =>
      new Map(
        registrations.map(({ urn, inputs: own }) => [
          urn,
          JSON.stringify({ ...own, source: undefined }),
        ]),
      );
    const before = inputs(plain);
    const changed = [...inputs(trusting)].filter(([urn, own]) => before.get(urn) !== own);
    expect(changed.map(([urn]) => urn.split("::").slice(2).join(" "))).toEqual(
      ["control-1", "worker-1", "worker-2"].map(
        (node) => `hardway:os:OperatingSystems$command:remote:Command ${node}-trust`,
      ),
    );
  });

  test("is trusted before anything is downloaded", () => {
    const steps = nodeSteps(trusting);
    for (const { resource, script, earlier } of steps) {
      if (/^provide /m.test(script)) {
        expect({ resource, earlier: earlier.map(({ name }) => name) }).toEqual({
          resource,
          earlier: expect.arrayContaining(["os", "trust"]) as unknown,
        });
      }
    }
  });

  test("goes with its machine", () => {
    const step = trusting.registrations.find(({ name }) => name === "worker-1-trust");
    expect(step?.deletedWith).toMatch(/::worker-1-os$/);
  });
});
