import { beforeAll, describe, expect, test } from "vitest";
import { devCluster, runtimesCluster } from "../../harness/program/labs.ts";
import {
  type ProgramRun,
  type Registration,
  runProgram,
} from "../../harness/program/runProgram.ts";

/**
 * The difference of another runtime on one node; test/e2e/containers.test.ts checks that it runs
 * pods.
 */

let without: ProgramRun;
let mixed: ProgramRun;

beforeAll(async () => {
  [without, mixed] = await Promise.all([
    runProgram({ cluster: devCluster }),
    runProgram({ cluster: runtimesCluster }),
  ]);
});

function step(run: ProgramRun, name: string): Registration {
  const found = run.registrations.find(
    (one) => one.type === "command:remote:Command" && one.name === name,
  );
  if (found === undefined) {
    throw new Error(`${name} was not registered`);
  }
  return found;
}

const namesOf = (run: ProgramRun): string[] =>
  run.registrations.map(({ type, name }) => `${type} ${name}`).sort();
const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

test("CRI-O takes the place of containerd on its node, and nothing else is more or less", () => {
  const [before, after] = [namesOf(without), namesOf(mixed)];
  expect(before.filter((name) => !after.includes(name))).toEqual([
    "command:remote:Command worker-1-containerd",
  ]);
  expect(after.filter((name) => !before.includes(name))).toEqual([
    "command:remote:Command worker-1-cri-o",
  ]);
});

describe("a node's runtime", () => {
  test("is the same resource whichever it is, and another one replaces it", () => {
    const [containerd, crio] = [
      step(without, "worker-1-containerd"),
      step(mixed, "worker-1-cri-o"),
    ];
    expect([containerd.aliases, crio.aliases]).toEqual([
      ["worker-1-cri-o"],
      ["worker-1-containerd"],
    ]);
    expect([containerd.inputs.triggers, crio.inputs.triggers]).toEqual([
      ["id of worker-1-domain containerd"],
      ["id of worker-1-domain cri-o"],
    ]);
    expect([containerd.deleteBeforeReplace, crio.deleteBeforeReplace]).toEqual([true, true]);
  });

  test.each([
    ["worker-1-kubelet", "worker-1-cri-o"],
    ["worker-1-node", "worker-1-kubelet"],
    ["worker-2-kubelet", "worker-2-containerd"],
    ["worker-2-node", "worker-2-kubelet"],
  ])("%s goes before %s is replaced, and for nothing else that happens to it", (name, other) => {
    const { inputs, propertyDependencies, deleteBeforeReplace } = step(mixed, name);
    expect(propertyDependencies.triggers?.map(nameOf)).toContain(other);
    expect(deleteBeforeReplace).toBe(true);
    // The value is the machine's.
    expect(inputs.triggers).toEqual([`id of ${name.replace(/-(kubelet|node)$/, "-domain")}`]);
  });

  test("of another node has no part in it", () => {
    const triggers = step(mixed, "worker-2-node").propertyDependencies.triggers ?? [];
    expect(triggers.map(nameOf).filter((name) => name.startsWith("worker-1"))).toEqual([]);
  });
});
