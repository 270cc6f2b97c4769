import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { kubeletPaths } from "../../components/node/paths.ts";
import { clusterAuthorityPath } from "../../components/pki/paths.ts";
import { buildCluster } from "../../harness/clusters/builtCluster.ts";
import { type Cluster, found } from "../../harness/clusters/cluster.ts";
import { clusterConfig, containerCluster } from "../../harness/clusters/containerCluster.ts";
import { passHours } from "../../harness/clusters/passHours.ts";
import type { Changes, PreviewStep, TestStack } from "../../harness/clusters/testStack.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import { acknowledgeUntil, expectKept } from "./checks/acknowledged.ts";
import { expectComeback } from "./checks/comeback.ts";
import { expectDnsAnswers } from "./checks/network.ts";
import { bootIds, expectNodesReady } from "./checks/nodes.ts";
import { deployProbe, probeNamespace, probePods } from "./checks/probe.ts";
import { expectSecretsEncrypted } from "./checks/secrets.ts";
import { invocations, startedSince } from "./checks/units.ts";

const nodes = [
  { name: "control-1", address: "10.17.0.11", roles: ["control-plane"] },
  { name: "worker-1", address: "10.17.0.21", roles: ["worker"] },
];
const certificates = { authorityHours: 1000, leafHours: 500, renewalHours: 100 };
const authorities = ["etcd-ca", "front-proxy-ca", "kubernetes-ca"];
/** The components with a certificate; unit, step and certificate have the same name. */
const components = [
  "control-1 etcd",
  "control-1 kube-apiserver",
  "control-1 kube-controller-manager",
  "control-1 kube-proxy",
  "control-1 kube-scheduler",
  "control-1 kubelet",
  "worker-1 kube-proxy",
  "worker-1 kubelet",
];
const steps = components.map((component) => component.replace(" ", "-"));
/** The API server has certificates of three CAs; the administrator is no component. */
const leaves = [
  ...steps,
  "control-1-kube-apiserver-etcd-client",
  "control-1-kube-apiserver-front-proxy-client",
  "kubernetes-admin",
];

/** The CA in pods. */
const toldToPods = [
  ...["get", "configmap", "kube-root-ca.crt", "--namespace", probeNamespace],
  ...["--output", "jsonpath={.data.ca\\.crt}"],
];

const replaced = (name: string): PreviewStep => ({
  op: "replace",
  type: authorities.includes(name)
    ? "tls:index/selfSignedCert:SelfSignedCert"
    : "tls:index/locallySignedCert:LocallySignedCert",
  name,
});
const updated = (name: string): PreviewStep => ({
  op: "update",
  type: name === "kubernetes" ? "pulumi:providers:kubernetes" : "command:remote:Command",
  name,
});
const sorted = (list: readonly PreviewStep[]) =>
  list.map(({ op, type, name }) => `${op} ${type} ${name}`).sort();

// One cluster for the whole file: the tests follow a cluster's life, and each leaves the cluster
// intact.
describe("a cluster over the years: one control plane, one worker", () => {
  let lab: MachinesLab;
  let stack: TestStack;
  let first: Changes;
  let cluster: Cluster;
  const count = () => found(first.create, "resources");
  const pass = (hours: number, names: readonly string[]) =>
    passHours({ directory: lab.directory, stack: "years" }, hours, (name) => names.includes(name));
  const certificate = async (node: string, path: string) =>
    new X509Certificate((await lab.ssh(node, `sudo cat ${path}`)).stdout);

  beforeAll(async () => {
    const built = await buildCluster({
      name: "years",
      machines: nodes,
      config: (machines) => ({ ...clusterConfig(machines, nodes), certificates }),
    });
    ({ lab, stack, first, cluster } = built);
    await deployProbe(cluster);
    return built.stop;
  });

  test("a certificate that is not due yet stays", async () => {
    expect(await pass(399, leaves)).toEqual([...leaves].sort());
    expect(await stack.preview()).toEqual([]);
  });

  test("a due certificate is renewed: one step runs, one unit restarts, pods keep running", async () => {
    const [runs, pods] = [await invocations(cluster), await probePods(cluster)];
    const before = await certificate("worker-1", kubeletPaths.cert);
    expect(await pass(1, ["worker-1-kubelet"])).toEqual(["worker-1-kubelet"]);
    expect(sorted(await stack.preview())).toEqual(
      sorted([replaced("worker-1-kubelet"), updated("worker-1-kubelet")]),
    );
    expect(await stack.up()).toEqual({ same: count() - 2, replace: 1, update: 1 });
    expect(await startedSince(cluster, runs)).toEqual(["worker-1 kubelet"]);
    const after = await certificate("worker-1", kubeletPaths.cert);
    expect(after.publicKey.equals(before.publicKey)).toBe(true);
    expect(after.validToDate.getTime()).toBeGreaterThan(before.validToDate.getTime());
    await expectNodesReady(cluster);
    expect(await probePods(cluster)).toEqual(pods);
    expect(await stack.preview()).toEqual([]);
  });

  test("CAs and all due certificates are renewed: old certificates stay valid, pods keep running", async () => {
    const [runs, pods] = [await invocations(cluster), await probePods(cluster)];
    const before = await certificate("worker-1", clusterAuthorityPath);
    expect(await pass(900, authorities)).toEqual(authorities);
    // The preview cannot read the cluster then, because its certificate does not exist yet.
    const seen = (await stack.preview()).filter(({ type }) => !type.startsWith("kubernetes:"));
    expect(sorted(seen)).toEqual(
      sorted([
        ...[...authorities, ...leaves].map(replaced),
        ...[...steps, "kubernetes"].map(updated),
      ]),
    );
    const update = steps.length + 1;
    const replace = authorities.length + leaves.length;
    expect(await stack.up()).toEqual({ same: count() - update - replace, replace, update });
    expect(await startedSince(cluster, runs)).toEqual(components);
    const after = await certificate("worker-1", clusterAuthorityPath);
    expect(after.publicKey.equals(before.publicKey)).toBe(true);
    expect(after.validToDate.getTime()).toBeGreaterThan(before.validToDate.getTime());
    await expect
      .poll(async () => new X509Certificate(await cluster.kubectl(toldToPods)).serialNumber, {
        timeout: 60_000,
      })
      .toBe(after.serialNumber);
    // This is the previous kubeconfig: its CA and its certificate are as valid as their successors.
    await expectNodesReady(cluster);
    expect(await probePods(cluster)).toEqual(pods);
    await expectDnsAnswers(cluster);
    const renewed = await containerCluster(lab, nodes, {
      kubeconfig: await stack.output("kubeconfig"),
      apiUrl: cluster.apiUrl,
    });
    await expectNodesReady(renewed);
    expect(await stack.up()).toEqual({ same: count() });
  });

  test("all machines recover from a simultaneous power cut: no acknowledged key is lost", async () => {
    const boots = await bootIds(cluster);
    const names = nodes.map(({ name }) => name);
    const kept = await acknowledgeUntil(cluster, () =>
      Promise.all(names.map((name) => lab.powerCut(name))),
    );
    await Promise.all(names.map((name) => lab.powerOn(name)));
    await expectComeback(cluster, names, boots);
    await expectDnsAnswers(cluster);
    await expectKept(cluster, kept);
    await expectSecretsEncrypted(cluster);
    expect(await stack.up()).toEqual({ same: count() });
  });
});
