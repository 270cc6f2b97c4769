import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../base/run.ts";
import { apiServerUser } from "../../components/controlplane/apiServerFlags.ts";
import { renderEncryption } from "../../components/controlplane/kubeApiServer.ts";
import {
  adminKubeconfigPath,
  apiServerPaths,
  controllerManagerPaths,
  schedulerPaths,
} from "../../components/controlplane/paths.ts";
import { etcdPaths } from "../../components/etcd/etcdMember.ts";
import { kubeletPaths, kubeProxyPaths } from "../../components/node/paths.ts";
import { renderKubeconfig } from "../../components/pki/kubeconfig.ts";
import {
  clusterAuthorityKeyPath,
  clusterAuthorityPath,
  frontProxyAuthorityPath,
  serviceAccountKeyPath,
  serviceAccountPublicKeyPath,
} from "../../components/pki/paths.ts";
import { isControlPlane } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";

const client = "clientAuth";
const both = "clientAuth,serverAuth";

/**
 * Creates every key and certificate of the cluster in `directory`, with openssl, before the
 * machines.
 */
export async function makeCertificates(plan: ClusterPlan, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const { api, etcd } = plan;
  const wanted = [
    ["ca", "ca", "kubernetes-ca"],
    ["ca", "etcd-ca", "etcd-ca"],
    ["ca", "front-proxy-ca", "front-proxy-ca"],
    ["key", "sa"],
    leaf("admin", "ca", client, "/O=system:masters/CN=kubernetes-admin"),
    ...etcd.members.flatMap(({ name, address }) => [
      leaf(`${name}-etcd`, "etcd-ca", both, `/CN=${name}`, names([name, "localhost"], [address])),
    ]),
    ...plan.nodes
      .filter(isControlPlane)
      .flatMap(({ name }) => [
        leaf(`${name}-api`, "ca", both, `/CN=${apiServerUser}`, names(api.names, api.addresses)),
        signedAgain(`${name}-api-etcd`, `${name}-api`, "etcd-ca"),
        signedAgain(`${name}-api-front-proxy`, `${name}-api`, "front-proxy-ca"),
        leaf(`${name}-controllers`, "ca", client, "/CN=system:kube-controller-manager"),
        leaf(`${name}-scheduler`, "ca", client, "/CN=system:kube-scheduler"),
      ]),
    ...plan.nodes.flatMap(({ name, address }) => [
      leaf(
        `${name}-kubelet`,
        "ca",
        both,
        `/O=system:nodes/CN=system:node:${name}`,
        names([name], [address]),
      ),
      leaf(`${name}-kube-proxy`, "ca", client, "/CN=system:kube-proxy"),
    ]),
  ];
  const input = wanted.map((fields) => `${fields.join("\t")}\n`).join("");
  await run("bash", [join(import.meta.dirname, "certificates.sh"), directory], { input });
}

function leaf(name: string, authority: string, uses: string, subject: string, san = ""): string[] {
  return ["leaf", name, name, authority, uses, subject, san];
}

function signedAgain(name: string, key: string, authority: string): string[] {
  return ["leaf", name, key, authority, client, `/CN=${apiServerUser}`, ""];
}

function names(dns: readonly string[], addresses: readonly string[]): string {
  const local = addresses.includes("127.0.0.1") ? addresses : [...addresses, "127.0.0.1"];
  return [...dns.map((name) => `DNS:${name}`), ...local.map((one) => `IP:${one}`)].join(",");
}

/** The node's files from the directory: text by path, at the paths of the program's steps. */
export async function certificateFiles(
  plan: ClusterPlan,
  node: NodePlan,
  directory: string,
): Promise<Record<string, string>> {
  const pem = (name: string) => readFile(join(directory, name), "utf8");
  const pair = async (paths: { readonly cert: string; readonly key: string }, name: string) => ({
    [paths.cert]: await pem(`${name}.crt`),
    [paths.key]: await pem(`${name}.key`),
  });
  const ofNode = {
    [clusterAuthorityPath]: await pem("ca.crt"),
    ...(await pair(kubeletPaths, `${node.name}-kubelet`)),
    ...(await pair(kubeProxyPaths, `${node.name}-kube-proxy`)),
  };
  if (!isControlPlane(node)) return ofNode;
  return {
    ...ofNode,
    ...(await pair(etcdPaths, `${node.name}-etcd`)),
    ...(await pair(apiServerPaths, `${node.name}-api`)),
    ...(await pair(controllerManagerPaths, `${node.name}-controllers`)),
    ...(await pair(schedulerPaths, `${node.name}-scheduler`)),
    [etcdPaths.authority]: await pem("etcd-ca.crt"),
    [apiServerPaths.etcdAuthority]: await pem("etcd-ca.crt"),
    [apiServerPaths.etcdClientCert]: await pem(`${node.name}-api-etcd.crt`),
    [frontProxyAuthorityPath]: await pem("front-proxy-ca.crt"),
    [apiServerPaths.frontProxyClientCert]: await pem(`${node.name}-api-front-proxy.crt`),
    [clusterAuthorityKeyPath]: await pem("ca.key"),
    [serviceAccountKeyPath]: await pem("sa.key"),
    [serviceAccountPublicKeyPath]: await pem("sa.pub"),
    [apiServerPaths.encryption]: renderEncryption(randomBytes(32).toString("base64")),
    [adminKubeconfigPath]: renderKubeconfig({
      cluster: plan.name,
      server: plan.api.url,
      user: `${plan.name}-admin`,
      credentials: {
        authority: await pem("ca.crt"),
        cert: await pem("admin.crt"),
        key: await pem("admin.key"),
      },
    }),
  };
}
