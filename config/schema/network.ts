import { z } from "zod";
import { podNetworkNames, proxyModes } from "../../model/lab.ts";
import { address, choice, expected, network, section, text } from "./values.ts";

/** Linux takes at most 15 characters for an interface. */
export const bridge = text("the name of a bridge like br0", /^[A-Za-z0-9_.-]{1,15}$/);

export const networkSection = section(
  "nodes, bridge, gateway, pods, services, plugin, proxy and dns",
  {
    nodes: network
      .default("10.17.0.0/24")
      .describe("The machines' network; its first address is the gateway unless that is given"),
    bridge: bridge
      .optional()
      .describe(
        "A bridge that is there on the hypervisors and leads to network.nodes, needed where another host makes machines; without it, machines get a network of their own behind NAT",
      ),
    gateway: address
      .optional()
      .describe(
        "The router of network.nodes, with a bridge; the network's first address unless given",
      ),
    pods: network.default("10.200.0.0/16").describe("Every node gets one /24 of this for its pods"),
    services: network
      .default("10.32.0.0/16")
      .describe("Addresses of Services; the first is the API's, the tenth the DNS's"),
    plugin: choice(podNetworkNames)
      .default("routes")
      .describe(
        "How pods reach pods on other nodes: plain routes (all nodes share one network), flannel's VXLAN, or none of the program's: then manifests bring a pod network",
      ),
    proxy: choice(proxyModes)
      .default("nftables")
      .describe("kube-proxy's mode; none where something else makes Services' addresses work"),
    dns: z
      .array(address, expected("a list of addresses like [9.9.9.9]"))
      .min(1, "expected at least one address; without the key it is the gateway")
      .optional()
      .describe("Name servers of the machines; the gateway unless given"),
  },
);
