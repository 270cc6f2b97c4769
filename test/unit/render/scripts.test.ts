import { readdirSync } from "node:fs";
import { join } from "node:path";
import { execaSync } from "execa";
import { describe, expect, test } from "vitest";
import { osPrelude } from "../../../components/os/prelude.ts";
import { renderCommand, type StepScript } from "../../../components/remote/script.ts";
import {
  devCluster,
  haCluster,
  labOf,
  planOf,
  runtimesCluster,
  separateCluster,
} from "../../../harness/program/labs.ts";
import { stepsOf } from "../../../harness/program/stepsOf.ts";
import type { ClusterPlan } from "../../../plan/clusterPlan.ts";

interface Case {
  readonly node: string;
  readonly script: StepScript;
}

/** The steps of one node of each kind. */
const casesOf = (plan: ClusterPlan): Case[] =>
  plan.nodes
    .filter(({ name }) => name !== "worker-2")
    .flatMap((node) => stepsOf(plan, node).map((script) => ({ node: node.name, script })));

const plan = planOf(labOf());
const cases = casesOf(plan);

/** With several etcd members, API servers and load balancers: the steps that differ. */
const ha = planOf(labOf(haCluster, "ha"));
const separate = planOf(labOf(separateCluster, "separate"));
const only = (of: ClusterPlan, nodes: readonly string[], names: RegExp): Case[] =>
  casesOf(of).filter(({ node, script }) => nodes.includes(node) && names.test(script.name));
const shapes = [
  ...only(ha, ["control-1"], /^(etcd|.*-etcd-member|kube-apiserver)$/).map((one) => ({
    lab: "ha",
    ...one,
  })),
  ...only(ha, ["lb-1"], /./).map((one) => ({ lab: "ha", ...one })),
  ...only(separate, ["control-1", "etcd-1"], /^(os|etcd.*|kube-apiserver)$/).map((one) => ({
    lab: "separate",
    ...one,
  })),
  ...only(separate, ["worker"], /^haproxy$/).map((one) => ({ lab: "separate", ...one })),
];

/** A lab with flannel: the steps that differ. */
const flannel = planOf(labOf({ ...devCluster, network: { plugin: "flannel" } }));
/** The steps that the dev lab does not have in this form. */
const othersOf = (other: ClusterPlan): Case[] =>
  casesOf(other).filter(({ node, script }) => {
    const same = cases.find((one) => one.node === node && one.script.name === script.name);
    return same?.script.create !== script.create || same.script.delete !== script.delete;
  });
const flannelCases = othersOf(flannel);

/** A lab with CRI-O on one node. */
const crioCases = othersOf(planOf(labOf(runtimesCluster)));

/** A lab with a custom pod network: the steps that differ. */
const own = planOf(labOf({ ...devCluster, network: { plugin: "none" }, manifests: ["a"] }));
const ownCases = othersOf(own).filter(({ node }) => node === "worker-1");

/** Path below `__snapshots__`. */
const fileOf = ({ node, script }: Case, lab = ""): string =>
  join(lab, node, `${script.name.replace(/^.*-(node|etcd-member)$/, "$1")}.sh`);

async function expectSnapshot(one: Case, lab?: string): Promise<void> {
  const text = `${one.script.create}\n# --- delete ---\n${one.script.delete ?? ""}`;
  await expect(text).toMatchFileSnapshot(join("__snapshots__", fileOf(one, lab)));
}

describe("what a node receives", () => {
  test.for(cases)("$node $script.name", (one) => expectSnapshot(one));

  test.for(shapes)("$node $script.name, in the lab $lab", (one) => expectSnapshot(one, one.lab));

  test("with flannel four steps are others, and the rest is as without", () => {
    const names = flannelCases.map(({ node, script }) => `${node} ${script.name}`);
    expect(names).toEqual([
      "control-1 os",
      "control-1 containerd",
      "control-1 flanneld",
      "control-1 control-1-node",
      "worker-1 os",
      "worker-1 containerd",
      "worker-1 flanneld",
      "worker-1 worker-1-node",
    ]);
  });
  test.for(flannelCases)("$node $script.name, with flannel", (one) =>
    expectSnapshot(one, "flannel"),
  );

  test("with CRI-O a node has another runtime, its kubelet asks that one, and the other nodes are as without", () => {
    const names = crioCases.map(({ node, script }) => `${node} ${script.name}`);
    expect(names).toEqual(["worker-1 cri-o", "worker-1 kubelet"]);
  });
  test.for(crioCases)("$node $script.name, with CRI-O", (one) => expectSnapshot(one, "cri-o"));

  test("with a custom pod network, two steps differ", () => {
    const names = othersOf(own).map(({ node, script }) => `${node} ${script.name}`);
    expect(names).toEqual([
      "control-1 os",
      "control-1 containerd",
      "worker-1 os",
      "worker-1 containerd",
    ]);
  });
  test.for(ownCases)("$node $script.name, with a custom pod network", (one) =>
    expectSnapshot(one, "none"),
  );

  test("every snapshot is compared", () => {
    const directory = join(import.meta.dirname, "__snapshots__");
    const written = readdirSync(directory, { recursive: true, encoding: "utf8" });
    // These have separate tests.
    const others = /^(outside|people|system)\//;
    const compared = [
      ...cases.map((one) => fileOf(one)),
      ...shapes.map((one) => fileOf(one, one.lab)),
      ...flannelCases.map((one) => fileOf(one, "flannel")),
      ...crioCases.map((one) => fileOf(one, "cri-o")),
      ...ownCases.map((one) => fileOf(one, "none")),
    ];
    expect(written.filter((file) => file.endsWith(".sh") && !others.test(file)).sort()).toEqual(
      compared.sort(),
    );
  });

  test.for<Case>([...cases, ...shapes, ...flannelCases, ...crioCases, ...ownCases])(
    "$node $script.name is a script that bash can read",
    ({ node, script }) => {
      for (const body of [script.create, script.delete ?? "true"]) {
        const command = renderCommand("root", script.name, body, node === "" ? "" : osPrelude);
        const { exitCode, stderr } = execaSync("bash", ["-n"], { input: command, reject: false });
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      }
    },
  );

  test("a node that is both control plane and worker takes pods and has no control-plane label", () => {
    const both = planOf(
      labOf({ nodes: { all: { roles: ["control-plane", "worker"], address: "10.17.0.11" } } }),
    );
    expect(both.nodes[0]?.taints).toEqual([]);
    expect(both.nodes[0]?.labels).toEqual({
      "hardway.io/lab": "dev",
      "node-role.kubernetes.io/worker": "",
    });
  });

  test("with flannel, another worker changes nothing on existing nodes", () => {
    const grown = planOf(
      labOf({
        ...devCluster,
        network: { plugin: "flannel" },
        pools: { worker: { ...devCluster.pools.worker, count: 3 } },
      }),
    );
    for (const [index, node] of flannel.nodes.entries()) {
      expect(stepsOf(grown, grown.nodes[index] ?? node)).toEqual(stepsOf(flannel, node));
    }
  });

  test("another worker changes only the routes of existing nodes", {
    meta: { rows: ["S1-20", "S1-44"] },
  }, () => {
    const grown = planOf(
      labOf({ ...devCluster, pools: { worker: { ...devCluster.pools.worker, count: 3 } } }),
    );
    for (const [index, node] of plan.nodes.entries()) {
      const before = stepsOf(plan, node);
      const after = stepsOf(grown, grown.nodes[index] ?? node);
      const changed = after.filter((script, at) => script.create !== before[at]?.create);
      expect(changed.map(({ name }) => name)).toEqual(["os"]);
    }
  });
});
