import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { drawPictures } from "../../../docs/drawPictures.ts";
import { foldGraph } from "../../../docs/pictures/foldGraph.ts";
import { renderPicture } from "../../../docs/pictures/renderPicture.ts";
import { resourceGraph } from "../../../docs/pictures/resourceGraph.ts";
import { runProgram } from "../../../harness/program/runProgram.ts";
import { temporaryDirectory } from "../tools/temporary.ts";
import { root } from "./allPages.ts";

let pictures: ReadonlyMap<string, string>;

beforeAll(async () => {
  pictures = await drawPictures();
});

const textsIn = (path: string): string[] =>
  [...(pictures.get(path) ?? "").matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) =>
    text.replaceAll("&#45;", "-").replaceAll("&#160;", " ").trim(),
  );

test("pictures show today's program; node docs/drawPictures.ts draws them again", {
  meta: { rows: ["S0-20"] },
}, () => {
  expect([...pictures.keys()]).toHaveLength(8);
  for (const [path, text] of pictures) {
    expect(readFileSync(join(root, path), "utf8"), path).toBe(text);
  }
});

test("network.svg names every machine, its address, its pods and what all of them share", {
  meta: { rows: ["S0-20", "S2-20"] },
}, () => {
  const texts = textsIn("docs/network.svg");
  const machines = [
    ["control-1", "10.17.0.11", "control-plane", "2 CPUs, 2048 MiB", "10.200.11.0/24"],
    ["worker-1", "10.17.0.21", "worker", "1 CPU, 1536 MiB", "10.200.21.0/24"],
    ["worker-2", "10.17.0.22", "worker", "1 CPU, 1536 MiB", "10.200.22.0/24"],
  ];
  const shared = ["bridge 10.17.0.1", "10.17.0.0/24", "10.17.0.1:8473", "NAT"];
  expect(texts).toEqual(expect.arrayContaining([...machines.flat(), ...shared]));
  expect(texts.join("\n")).toContain("Services: 10.32.0.0/16");
});

test("ha.svg shows the address that two load balancers share", () => {
  expect(textsIn("docs/labs/ha.svg")).toEqual(expect.arrayContaining(["10.18.0.10", "lb-2"]));
});

test("connections.svg names ports and identities, as the files on the nodes have them", () => {
  const texts = textsIn("docs/connections.svg");
  const api = [
    "kubernetes-admin",
    "system:kube-controller-manager",
    "system:kube-scheduler",
    "system:node:worker-1",
    "system:kube-proxy",
  ];
  const labels = [
    ...api.flatMap((name) => ["port 6443", `as ${name}`]),
    ...["port 2379", "port 10250", "port 22", "port 8473"],
    ...["/run/containerd/containerd.sock", "as kube-apiserver", "as kube-apiserver", "as root"],
  ];
  expect(texts.filter((text) => /^(port |as |\/)/.test(text)).sort()).toEqual(labels.sort());
});

test("graph.svg counts keys and certificates: an API server has one key and three certificates", () => {
  const texts = textsIn("docs/graph.svg");
  expect(texts[texts.indexOf("kube-apiserver") + 1]).toBe("1 key, 3 certificates");
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
    "etcd → etcd-members",
    "etcd-members → kube-apiserver",
    "kube-apiserver → addons",
    "kube-apiserver → kube-controller-manager",
    "kube-apiserver → kube-proxy",
    "kube-apiserver → kube-scheduler",
    "kube-apiserver → nodes",
    "kubelet → addons",
    "kubelet → nodes",
    "operating-systems → etcd",
    "operating-systems → runtime",
    "runtime → kubelet",
  ]);
  expect(await renderPicture(resourceGraph(graph))).toContain(">kube&#45;apiserver</text>");
});

/** The body of an Ed25519 public key: type and 32 bytes, each after its length. */
const publicKey = Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from("ssh-ed25519"),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString("base64");
