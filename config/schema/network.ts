import { z } from "zod";
import { type PodNetworkName, podNetworkNames, proxyModes } from "../../model/lab.ts";
import { address, choice, expected, network, section, text } from "./values.ts";

/** Linux limits interface names to 15 characters. */
export const bridge = text("the name of a bridge like br0", /^[A-Za-z0-9_.-]{1,15}$/);

const podNetworks: Readonly<Record<PodNetworkName, string>> = {
  routes: "plain routes (all nodes in one network)",
  flannel: "flannel's VXLAN",
  none: "none, if manifests install another one",
};

export const networkSection = section(
  "nodes, bridge, gateway, pods, services, plugin, proxy and dns",
  {
    nodes: network
      .prefault("10.17.0.0/24")
      .describe("The machines' network; by default its first address is the gateway"),
    bridge: bridge
      .optional()
      .describe(
        "An existing bridge on the hypervisors, connected to network.nodes; required for remote hypervisors. Without it, the machines get a new network behind NAT",
      ),
    gateway: address
      .optional()
      .describe(
        "The router of network.nodes, if network.bridge is set; by default the network's first address",
      ),
    pods: network
      .prefault("10.200.0.0/16")
      .describe("The network of all pods; each node has one /24 of it"),
    services: network
      .prefault("10.32.0.0/16")
      .describe(
        "The network of Services; the first address is the API's, the tenth is the cluster DNS's",
      ),
    plugin: choice(podNetworkNames)
      .default("routes")
      .describe(
        `The pod network: ${new Intl.ListFormat("en", { type: "disjunction" }).format(Object.values(podNetworks))}`,
      ),
    proxy: choice(proxyModes)
      .default("nftables")
      .describe("kube-proxy's mode; none if another component implements Services"),
    dns: z
      .array(address, expected("a list of addresses like [9.9.9.9]"))
      .min(1, "expected at least one address; without the key, the gateway is used")
      .optional()
      .describe("The machines' name servers; by default the gateway"),
  },
);
