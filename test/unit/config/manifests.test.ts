import { describe, expect, test } from "vitest";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { devCluster, labOf, recordAfter } from "../../../harness/program/labs.ts";
import type { Lab } from "../../../model/lab.ts";
import { keptNetworkProblems } from "../../../plan/changes/keptNetwork.ts";
import { describeProblems } from "./describeProblems.ts";
import { linesOf } from "./labErrors.ts";
import { fileOf, surroundings } from "./surroundings.ts";

const good = `
# A custom network.
apiVersion: v1
kind: Namespace
metadata: {name: my-network}
---
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: net, namespace: my-network}, data: {time: 10:20:30, day: 2026-11-21}}
  - {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: net, namespace: my-network}, spec: {mode: 0644}}
`;
const files = {
  "/src/hardway/net.yaml": fileOf(good, 0o644),
  "/home/ada/more.yaml": fileOf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n", 0o644),
  "/src/hardway/broken.yaml": fileOf(
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n---\n- 1\n---\nkind: ConfigMap\nmetadata: {name: b}\n",
    0o644,
  ),
  "/src/hardway/twice.yaml": fileOf(
    `${good}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: kube-dns, namespace: kube-system}\n`,
    0o644,
  ),
  "/src/hardway/empty.yaml": fileOf("# nothing\n---\n", 0o644),
  "/src/hardway/nameless.yaml": fileOf(
    "kind: Secret\nstringData: {key: geheim}\n---\nkind: ConfigMap\ndata: *gone\n",
    0o644,
  ),
  "/src/hardway/alike.yaml": fileOf(
    `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all}
---
apiVersion: crd.example.org/v1
kind: NetworkPolicy
metadata: {name: all}
---
apiVersion: networking.k8s.io/v1beta1
kind: NetworkPolicy
metadata: {name: all, namespace: default}
`,
    0o644,
  ),
  "/src/hardway/ours.yaml": fileOf(
    `
apiVersion: v1
kind: Namespace
metadata: {name: team-a}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:coredns"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: mine, namespace: team-a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: mine, namespace: smoke}
`,
    0o644,
  ),
};
const around = surroundings({}, files);
const none = { ...devCluster, network: { plugin: "none" } };

describeProblems("a custom pod network", [
  {
    title: "none without manifests",
    yaml: `network: {plugin: none}`,
    problems: [
      "network.plugin: with none and without manifests there is no pod network, and no node becomes Ready; list the files of your pod network in manifests",
    ],
  },
  { title: "none with them", yaml: `{network: {plugin: none}, manifests: [a.yaml]}`, problems: [] },
  {
    title: "malformed",
    yaml: `{network: {plugin: none}, manifests: a.yaml}`,
    problems: ['manifests: expected a list of paths like [my-network.yaml], got "a.yaml"'],
  },
  {
    title: "a file twice",
    yaml: `manifests: [a.yaml, b.yaml, a.yaml]`,
    problems: ["manifests[2]: is the same as number 0; remove it"],
  },
]);

describe("manifests", () => {
  test("are read as kubectl reads them, file by file, lists and all", () => {
    const { manifests } = labFrom({ ...none, manifests: ["net.yaml", "~/more.yaml"] }, around);
    const metadata = { name: "net", namespace: "my-network" };
    expect(manifests).toEqual([
      {
        path: "net.yaml",
        objects: [
          { apiVersion: "v1", kind: "Namespace", metadata: { name: "my-network" } },
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata,
            data: { time: "10:20:30", day: "2026-11-21" },
          },
          { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: { mode: 0o644 } },
        ],
      },
      {
        path: "~/more.yaml",
        objects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "more" } }],
      },
    ]);
  });

  test("all objects that kubectl would reject are reported at once", () => {
    const manifests = ["gone.yaml", "broken.yaml", "net.yaml", "twice.yaml", "empty.yaml"];
    expect(linesOf({ ...none, manifests }, around)).toEqual([
      "manifests[0]: gone.yaml does not exist; expected a file of Kubernetes objects in YAML",
      "manifests[1]: broken.yaml (line 4) is not YAML: Flow map in block collection must be sufficiently indented and end with a }",
      "manifests[1]: broken.yaml (line 5): expected an object with apiVersion, kind and metadata.name, got [1]",
      "manifests[1]: broken.yaml (line 7): expected an object with apiVersion, kind and metadata.name, got a mapping with kind, metadata",
      "manifests[3]: twice.yaml has Namespace my-network, which is also in net.yaml; keep one of them",
      "manifests[3]: twice.yaml has ConfigMap my-network/net, which is also in net.yaml; keep one of them",
      "manifests[3]: twice.yaml has DaemonSet my-network/net, which is also in net.yaml; keep one of them",
      "manifests[3]: twice.yaml has Service kube-system/kube-dns, which is also in the program's own objects; keep one of them",
      "manifests[4]: empty.yaml contains no object; remove the file from manifests, or add an object",
    ]);
  });
});

describe("objects", () => {
  test("of which one may be a Secret are not shown, and an alias of nothing is a mistake like others", () => {
    expect(linesOf({ ...devCluster, manifests: ["nameless.yaml"] }, around)).toEqual([
      "manifests[0]: nameless.yaml (line 1): expected an object with apiVersion, kind and metadata.name, got a mapping with kind, stringData",
      "manifests[0]: nameless.yaml (line 4) is not YAML: Unresolved alias (the anchor must be set before the alias): gone",
    ]);
  });

  test("are one by group, kind, namespace and name, whatever their version", () => {
    expect(linesOf({ ...devCluster, manifests: ["alike.yaml"] }, around)).toEqual([
      "manifests[0]: alike.yaml has NetworkPolicy default/all, which is also in alike.yaml; keep one of them",
    ]);
  });

  test("that the program creates cannot be user-defined too: a team's namespace would lose its limits", () => {
    const people = { alice: { namespace: "team-a", role: "edit" } };
    const told = [
      "manifests[0]: ours.yaml has ClusterRole system:coredns, which is also in the program's own objects; keep one of them",
      "manifests[0]: ours.yaml has ConfigMap smoke/mine, which is also in the program's own objects; keep one of them",
    ];
    expect(linesOf({ ...devCluster, manifests: ["ours.yaml"] }, around)).toEqual(told);
    expect(linesOf({ ...devCluster, people, manifests: ["ours.yaml"] }, around)).toEqual([
      "manifests[0]: ours.yaml has Namespace team-a, which is also in the program's own objects; keep one of them",
      ...told,
    ]);
  });
});

describe("what a living cluster keeps of its network", () => {
  const lab = labOf({ ...devCluster, network: { plugin: "flannel", services: "10.33.0.0/16" } });
  const tell = (before: Lab) =>
    keptNetworkProblems(lab, recordAfter(before)).map(({ path, message }) => `${path}: ${message}`);

  test("another plugin, other networks: each with what it was", () => {
    expect(tell(labOf())).toEqual([
      "network.plugin: flannel, but this cluster was created with routes, which an existing cluster keeps; write routes again, or recreate the cluster: ./lab destroy, then ./lab up",
      "network.services: 10.33.0.0/16, but this cluster was created with 10.32.0.0/16, which an existing cluster keeps; write 10.32.0.0/16 again, or recreate the cluster: ./lab destroy, then ./lab up",
    ]);
  });

  test("the same is no problem", () => {
    expect(tell(lab)).toEqual([]);
  });
});
