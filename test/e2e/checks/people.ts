import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { execa } from "execa";
import { expect } from "vitest";
import { parse } from "yaml";
import { apiServerPaths } from "../../../components/controlplane/paths.ts";
import { type Cluster, controlPlaneOf, found } from "../../../harness/clusters/cluster.ts";
import { images } from "../../../model/versions.ts";

/** Runs kubectl as a user other than the administrator. */
export interface Person {
  /** kubectl's output, or its error. */
  readonly kubectl: (
    args: readonly string[],
  ) => Promise<{ readonly failed: boolean; readonly text: string }>;
  readonly certificate: X509Certificate;
}

/** @param path of the kubeconfig to write */
export async function personWith(
  cluster: Cluster,
  kubeconfig: string,
  path: string,
): Promise<Person> {
  await writeFile(path, kubeconfig, { mode: 0o600 });
  const { users } = parse(kubeconfig) as {
    users: { user: { "client-certificate-data": string } }[];
  };
  const pem = found(users[0], "a user").user["client-certificate-data"];
  const [command, ...fixed] = cluster.kubectlCommand;
  // The last --kubeconfig counts.
  const as = [...fixed, "--kubeconfig", path];
  return {
    kubectl: async (args) => {
      const { failed, all } = await execa(command, [...as, ...args], { reject: false, all: true });
      return { failed, text: all };
    },
    certificate: new X509Certificate(Buffer.from(pem, "base64")),
  };
}

/**
 * Checks that a Deployment runs in team-a, that access outside is forbidden, and that a pod with
 * access to its node is rejected.
 */
export async function expectConfinedToTeam({ kubectl }: Person): Promise<void> {
  const create = ["create", "deployment", "hello", `--image=${images.agnhost}`];
  const made = await kubectl([...create, "--", "/agnhost", "netexec"]);
  expect(made).toEqual({ failed: false, text: "deployment.apps/hello created" });
  const rollout = await kubectl(["rollout", "status", "deployment/hello", "--timeout=120s"]);
  expect(rollout).toMatchObject({ failed: false });
  const namespace = await kubectl([
    "get",
    "pods",
    "--output",
    "jsonpath={.items[*].metadata.namespace}",
  ]);
  expect(namespace).toEqual({ failed: false, text: "team-a" });

  const outside = await kubectl([...create, "--namespace", "default", "--", "/agnhost", "netexec"]);
  expect(outside.text).toContain(
    'deployments.apps is forbidden: User "alice" cannot create resource "deployments" in API group "apps" in the namespace "default"',
  );
  const nodes = await kubectl(["get", "nodes"]);
  expect(nodes.text).toContain('User "alice" cannot list resource "nodes"');
  const overrides = '{"spec":{"hostPID":true}}';
  const pod = await kubectl([
    "run",
    "spy",
    `--image=${images.agnhost}`,
    `--overrides=${overrides}`,
  ]);
  expect(pod.text).toContain(
    'violates PodSecurity "baseline:latest": host namespaces (hostPID=true)',
  );
}

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: { readonly status?: { readonly conditions?: { type: string }[] } };
}

const reads = ["get", "list", "watch"];

/**
 * The audit log of the request with this name, in order, without reads and 404s: `create by
 * kubernetes-admin`.
 */
export async function auditOfRequest(cluster: Cluster, name: string): Promise<string[]> {
  const { stdout } = await cluster.ssh(
    controlPlaneOf(cluster).name,
    `sudo grep --fixed-strings certificatesigningrequests ${apiServerPaths.auditLog}`,
  );
  const events = stdout.split("\n").map((line) => JSON.parse(line) as AuditEvent);
  return events
    .filter(({ objectRef }) => objectRef?.name === name)
    .filter(({ verb, responseStatus }) => !reads.includes(verb) && responseStatus?.code !== 404)
    .map(({ verb, user, objectRef, requestObject }) =>
      [
        verb,
        ...(objectRef?.subresource === undefined ? [] : [objectRef.subresource]),
        ...(objectRef?.subresource === "approval"
          ? (requestObject?.status?.conditions ?? []).map(({ type }) => type)
          : []),
        "by",
        user.username,
      ].join(" "),
    );
}
