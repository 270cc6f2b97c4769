import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { devCluster, labOf, recordAfter } from "../../harness/program/labs.ts";
import {
  type ProgramRun,
  type Registration,
  runProgram,
} from "../../harness/program/runProgram.ts";

/** A custom pod network; test/e2e/flannel.test.ts checks traffic. */

const first = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: net, namespace: my-network}
spec: {selector: {matchLabels: {app: net}}}
status: {numberReady: 3}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: my-network}
stringData: {key: geheim}
---
apiVersion: v1
kind: Namespace
metadata: {name: my-network}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rules.example.org}
`;
const second = `
apiVersion: example.org/v1
kind: Rule
metadata: {name: all}
spec: {allow: true}
`;

let directory: string;
let run: ProgramRun;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hardway-manifests-"));
  const manifests = [join(directory, "first.yaml"), join(directory, "second.yaml")];
  await writeFile(manifests[0] ?? "", first);
  await writeFile(manifests[1] ?? "", second);
  run = await runProgram({ cluster: { ...devCluster, network: { plugin: "none" }, manifests } });
});
afterAll(() => rm(directory, { recursive: true }));

const isOwn = ({ urn }: Registration) => urn.includes("hardway:addons:OwnManifests$");
const titleOf = (urn: string): string => urn.replace(/^.*\$/, "").replace("::", " ");

describe("user-defined manifests", () => {
  test("are objects of their kinds, each after its dependencies, and the second file after the first", () => {
    const waits = run.registrations.filter(isOwn).map(({ urn, dependencies }) => ({
      object: titleOf(urn),
      on: dependencies.filter((other) => other.includes("OwnManifests")).map(titleOf),
    }));
    const namespace = "kubernetes:core/v1:Namespace my-network";
    const definition =
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition rules.example.org";
    const daemonSet = "kubernetes:apps/v1:DaemonSet my-network/net";
    const secret = "kubernetes:core/v1:Secret my-network/key";
    const ground = [definition, namespace];
    expect(Object.fromEntries(waits.map(({ object, on }) => [object, on]))).toEqual({
      [namespace]: [],
      [definition]: [],
      [daemonSet]: ground,
      [secret]: ground,
      "kubernetes:example.org/v1:Rule all": [definition, daemonSet, namespace, secret],
    });
  });

  test("come as they are, but for a status; what a Secret holds is one", () => {
    const own = run.registrations.filter(isOwn);
    const daemonSet = own.find(({ type }) => type.endsWith(":DaemonSet"));
    expect(daemonSet?.inputs).toEqual({
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "net", namespace: "my-network" },
      spec: { selector: { matchLabels: { app: "net" } } },
    });
    const secret = own.find(({ type }) => type.endsWith(":Secret"));
    expect(secret?.inputs.stringData).toMatchObject({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    });
    expect(secret?.additionalSecretOutputs).toEqual(["data", "stringData"]);
  });

  test("wait for workers' kubelets, not for nodes, which are Ready only with them; and go with the cluster", () => {
    const steps = run.registrations.filter(isOwn).map(({ urn, dependencies }) => {
      const names = dependencies.flatMap((other) => /remote:Command::(.*)$/.exec(other)?.[1] ?? []);
      return [titleOf(urn), names.sort()];
    });
    const kubelets = ["worker-1-kubelet", "worker-2-kubelet"];
    expect(Object.fromEntries(steps)).toEqual({
      "kubernetes:core/v1:Namespace my-network": kubelets,
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition rules.example.org": kubelets,
      "kubernetes:apps/v1:DaemonSet my-network/net": kubelets,
      "kubernetes:core/v1:Secret my-network/key": kubelets,
      // The first file's objects depend on it.
      "kubernetes:example.org/v1:Rule all": [],
    });
    for (const { deletedWith } of run.registrations.filter(isOwn)) {
      expect(deletedWith).toMatch(/PrivateKey::kubernetes-ca$/);
    }
  });
});

describe("the network of a cluster that lives", () => {
  test("is in the output record", () => {
    expect(run.outputs.record).toMatchObject({
      isSecret: false,
      value: { network: { plugin: "none", pods: "10.200.0.0/16", services: "10.32.0.0/16" } },
    });
  });

  test("stays: another one is refused in the preview, before anything is registered", async () => {
    const before = labOf({ ...devCluster, network: { plugin: "flannel" } });
    const earlier = { record: recordAfter(before) };
    await expect(runProgram({ cluster: devCluster, mode: "preview", earlier })).rejects.toThrow(
      "Pulumi.dev.yaml: 1 problem; nothing was changed.\n  network.plugin: routes, but this cluster was created with flannel",
    );
  });
});
