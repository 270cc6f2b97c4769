import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drawGraph, graphFile } from "../../../docs/drawGraph.ts";
import { foldGraph } from "../../../docs/graph/foldGraph.ts";
import { renderGraph } from "../../../docs/graph/renderGraph.ts";
import { runProgram } from "../../../harness/program/runProgram.ts";
import { temporaryDirectory } from "../tools/temporary.ts";

test("docs/graph.svg shows today's graph; node docs/drawGraph.ts draws it anew", async () => {
  expect(await readFile(graphFile, "utf8")).toBe(await drawGraph());
});

test("a lab of machines that exist is drawn without libvirt", async () => {
  const keyFile = join(temporaryDirectory(), "key");
  writeFileSync(keyFile, "-----BEGIN PRIVATE KEY-----\n", { mode: 0o600 });
  const host = { hostKey: `ssh-ed25519 ${publicKey}`, keyFile };
  const { registrations } = await runProgram({
    cluster: {
      nodes: { both: { roles: ["control-plane", "worker"], address: "10.17.0.11", host } },
    },
  });
  const graph = foldGraph(registrations);
  expect(graph.lanes).toEqual([["both"]]);
  expect(graph.boxes.filter(({ kind }) => kind === "machines")).toEqual([]);
  expect(graph.edges.map(({ from, to }) => `${from.stage} → ${to.stage}`).sort()).toEqual([
    "authorities → etcd",
    "authorities → kubelet",
    "containerd → kubelet",
    "etcd → kube-apiserver",
    "hosts → containerd",
    "hosts → etcd",
    "kube-apiserver → addons",
    "kube-apiserver → kube-controller-manager",
    "kube-apiserver → kube-proxy",
    "kube-apiserver → kube-scheduler",
    "kube-apiserver → nodes",
    "kubelet → addons",
    "kubelet → nodes",
  ]);
  expect(renderGraph(graph)).toContain(">kube-apiserver</text>");
});

/** The body of an Ed25519 public key: type and 32 bytes, each after its length. */
const publicKey = Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from("ssh-ed25519"),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString("base64");
