import { expect } from "vitest";
import type { Cluster } from "../../../harness/clusters/cluster.ts";
import { probeNamespace } from "./probe.ts";

type Mode = "nftables" | "iptables" | "ipvs" | "none";

/**
 * Checks that a Service's address is only in the rules of this mode on every node; with `none`,
 * that no proxy runs. With nftables, which lists them, NodePorts are open only at the node's
 * addresses.
 */
export async function expectProxy(cluster: Cluster, mode: Mode): Promise<void> {
  const get = ["get", "service", "probe", "--namespace", probeNamespace];
  const address = await cluster.kubectl([...get, "--output", "jsonpath={.spec.clusterIP}"]);
  const rules = async (name: string, command: string) => {
    const { stdout } = await cluster.ssh(name, `sudo ${command} 2>/dev/null`);
    return stdout
      .split("\n")
      .some((line) => /^[^#]*(service|SERVICES)/.test(line) && line.includes(address));
  };
  const nodePortAddresses = async (name: string) => {
    const list = "sudo nft list set ip kube-proxy nodeport-ips 2>/dev/null";
    const { stdout } = await cluster.ssh(name, `${list} | sed -n 's/^.*elements = //p'`);
    return stdout;
  };
  const found = cluster.nodes.map(async ({ name }) => ({
    name,
    nodePortAddresses: await nodePortAddresses(name),
    nftables: await rules(name, "nft list table ip kube-proxy"),
    iptables: await rules(name, "iptables-save --table nat"),
    // IPVS accepts packets for the addresses of this interface.
    ipvs: (await cluster.ssh(name, "ip -brief address show kube-ipvs0")).stdout.includes(address),
    process: (await cluster.ssh(name, "ps -e -o comm= | grep -x kube-proxy")).stdout,
    says: (await cluster.ssh(name, "curl --silent http://127.0.0.1:10249/proxyMode")).stdout,
  }));
  expect(await Promise.all(found)).toEqual(
    cluster.nodes.map(({ name, address }) => ({
      name,
      nodePortAddresses: mode === "nftables" ? `{ ${address} }` : "",
      nftables: mode === "nftables",
      iptables: mode === "iptables",
      ipvs: mode === "ipvs",
      process: mode === "none" ? "" : "kube-proxy",
      says: mode === "none" ? "" : mode,
    })),
  );
}
