import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { devCluster, labOf, planOf } from "../../../harness/program/labs.ts";
import { filesOf, stepsOf } from "../../../harness/program/stepsOf.ts";
import { versions } from "../../../model/versions.ts";
import type { NodePlan } from "../../../plan/clusterPlan.ts";

const pinned = {
  "kube-apiserver": versions.kubernetes,
  "kube-controller-manager": versions.kubernetes,
  "kube-scheduler": versions.kubernetes,
  "kube-proxy": versions.kubernetes,
  kubelet: versions.kubernetes,
  etcd: versions.etcd,
  containerd: versions.containerd,
  flanneld: versions.flannel,
};

/** The form that `toolchain/record/recordFlags.ts` writes. */
interface Recorded {
  readonly version: string;
  /** The type, by the flag's name. */
  readonly flags: Readonly<Record<string, string>>;
}

function recorded(program: string): Recorded {
  const file = join(import.meta.dirname, `../../../config/upstream/flags/${program}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Recorded;
}

/** The form of a value, by the type in the program's help. */
const forms: Readonly<Record<string, RegExp>> = {
  bool: /^(true|false)$/,
  int: /^\d+$/,
  int32: /^\d+$/,
  uint: /^\d+$/,
  Level: /^\d+$/,
  duration: /^(\d+(ms|s|m|h))+$/,
  ip: /^\d+\.\d+\.\d+\.\d+$/,
  portRange: /^\d+-\d+$/,
  string: /./,
  strings: /./,
  stringArray: /./,
  // The name that Go's flag package gives an unknown type.
  value: /./,
};

// A lab with flannel has every program, and these also have user-defined flags.
const flags = {
  "kube-apiserver": { v: 4, "event-ttl": "2h" },
  "kube-controller-manager": { "concurrent-gc-syncs": 30 },
  "kube-scheduler": { v: 4 },
  etcd: { "auto-compaction-retention": "30m" },
};
const plan = planOf(labOf({ ...devCluster, network: { plugin: "flannel" }, flags }));

/** Every unit's command line, on one node of each kind. */
const commandLines = plan.nodes
  .filter(({ name }) => name !== "worker-2")
  .flatMap((node) =>
    filesOf(plan, node).flatMap(({ path, text }) =>
      [...text.matchAll(/^ExecStart=(\S+)((?: \\\n(?: {2}# .*\n)? {2}\S+)*)$/gm)].map(
        ([, program = "", flags = ""]) => ({
          node: node.name,
          unit: path.split("/").at(-1) ?? "",
          program: program.split("/").at(-1) ?? "",
          flags: flags.split(/ \\\n(?: {2}# .*\n)? {2}/).slice(1),
        }),
      ),
    ),
  );

test.for(Object.entries(pinned))(
  "the recorded flags of %s are those of %s; node toolchain/record/recordFlags.ts records them",
  ([program, version]) => {
    expect(recorded(program).version).toBe(version);
    expect(Object.keys(recorded(program).flags).length).toBeGreaterThan(5);
  },
);

test("every program of the cluster is started by a unit", () => {
  const started = commandLines.map(({ node, program }) => `${node} ${program}`).sort();
  expect(started).toEqual([
    "control-1 containerd",
    "control-1 etcd",
    "control-1 flanneld",
    "control-1 kube-apiserver",
    "control-1 kube-controller-manager",
    "control-1 kube-proxy",
    "control-1 kube-scheduler",
    "control-1 kubelet",
    "control-1 pod-network.sh",
    "worker-1 containerd",
    "worker-1 flanneld",
    "worker-1 kube-proxy",
    "worker-1 kubelet",
    "worker-1 pod-network.sh",
  ]);
});

describe("command lines", () => {
  test.for(commandLines)(
    "$node $unit: each flag is one that $program knows, with such a value",
    ({ program, flags }) => {
      const known = program in pinned ? recorded(program).flags : {};
      const mistakes = flags.flatMap((flag) => {
        const [, name = "", value = ""] = /^--([a-z0-9-]+)=(.+)$/.exec(flag) ?? [];
        const type = known[name];
        if (type === undefined) {
          return [`${flag}: ${program} has no such flag`];
        }
        return forms[type]?.test(value) === true ? [] : [`${flag}: ${type} looks different`];
      });
      expect(mistakes).toEqual([]);
    },
  );

  test("user-defined flags come last, under a comment, and replace the program's", () => {
    const unit = filesOf(plan, plan.nodes[0] as NodePlan).find(({ path }) =>
      path.endsWith("/kube-apiserver.service"),
    );
    expect(unit?.text).not.toContain("--event-ttl=1h");
    expect(unit?.text).toContain(` \\
  # Of flags in the lab's config:
  --event-ttl=2h \\
  --v=4
`);
  });

  test("no flag is given twice", () => {
    for (const { unit, flags } of commandLines) {
      const names = flags.map((flag) => flag.split("=")[0]);
      expect({ unit, names }).toEqual({ unit, names: [...new Set(names)] });
    }
  });

  test("kube-proxy's own cleaning up is by a flag that it knows", () => {
    const undo = plan.nodes
      .flatMap((node) => stepsOf(plan, node))
      .find(({ name }) => name === "kube-proxy")?.delete;
    expect(undo).toContain("--cleanup");
    expect(recorded("kube-proxy").flags.cleanup).toBe("bool");
  });
});
