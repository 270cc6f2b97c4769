import { expect } from "vitest";
import type { Cluster } from "../../../harness/clusters/cluster.ts";
import { type CompanyNetwork, companyRegistry } from "../../../harness/clusters/companyNetwork.ts";
import { images } from "../../../model/versions.ts";

const tag = images.agnhost.split(":").at(-1) ?? "";

/** Checks that this node's runtime has pulled an image of this name. */
export async function expectPull(cluster: Cluster, node: string, image: string): Promise<void> {
  const { exitCode, stdout, stderr } = await cluster.ssh(node, `sudo crictl pull ${image}:${tag}`);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toContain("Image is up to date");
}

/** The runtime's error when it pulls an image of this name. */
export async function pullFailure(cluster: Cluster, node: string, image: string): Promise<string> {
  const { exitCode, stderr } = await cluster.ssh(node, `sudo crictl pull ${image}:${tag}`);
  expect(exitCode).not.toBe(0);
  return stderr;
}

/** The requests to the corporate network during `action`, without queries. */
export async function askedDuring(
  company: CompanyNetwork,
  action: () => Promise<void>,
): Promise<string[]> {
  const before = (await company.asked()).length;
  await action();
  return [
    ...new Set((await company.asked()).slice(before).map((line) => line.replace(/\?.*/, ""))),
  ];
}

/** Checks that curl on this node trusts the corporate registry, through the proxy. */
export async function curlOf(cluster: Cluster, node: string, proxy: string): Promise<string> {
  const { stdout } = await cluster.ssh(
    node,
    `https_proxy=${proxy} curl --silent --show-error --max-time 10 https://${companyRegistry}/v2/ 2>&1`,
  );
  return stdout;
}
