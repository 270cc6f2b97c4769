import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { apiServerPaths } from "../../../components/controlplane/paths.ts";
import { type Cluster, controlPlaneOf } from "../../../harness/clusters/cluster.ts";
import { probeNamespace } from "./probe.ts";

/** Checks that the API returns a Secret as written, and that etcd contains it only encrypted. */
export async function expectSecretsEncrypted(cluster: Cluster): Promise<void> {
  const text = randomBytes(12).toString("hex");
  const name = `secret-${text.slice(0, 6)}`;
  const namespace = ["--namespace", probeNamespace];
  await cluster.kubectl([
    ...["create", "secret", "generic", name, ...namespace],
    `--from-literal=word=${text}`,
  ]);
  const get = ["get", "secret", name, ...namespace, "--output", "jsonpath={.data.word}"];
  expect(Buffer.from(await cluster.kubectl(get), "base64").toString()).toBe(text);
  const { etcdAuthority, etcdClientCert, key } = apiServerPaths;
  const flags = `--endpoints https://127.0.0.1:2379 --cacert ${etcdAuthority} --cert ${etcdClientCert} --key ${key}`;
  const path = `/registry/secrets/${probeNamespace}/${name}`;
  const { stdout, stderr } = await cluster.ssh(
    controlPlaneOf(cluster).name,
    `sudo /usr/local/bin/etcdctl ${flags} get --print-value-only ${path} | base64 --wrap 0`,
  );
  const stored = Buffer.from(stdout, "base64").toString("latin1");
  expect(stored.slice(0, 30), stderr).toMatch(/^k8s:enc:secretbox:v1:/);
  expect(stored).not.toContain(text);
  expect(stored).not.toContain(Buffer.from(text).toString("base64"));
}
