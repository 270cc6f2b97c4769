import { describeProblems } from "./describeProblems.ts";

describeProblems("settings of the network", [
  {
    title: "unknown plugin",
    yaml: `network: {plugin: calicoo}`,
    problems: ['network.plugin: expected one of routes, flannel, none, got "calicoo"'],
  },
  {
    title: "plugin misspelt",
    yaml: `network: {plugin: flanel}`,
    problems: [
      'network.plugin: expected one of routes, flannel, none, got "flanel"; did you mean flannel?',
    ],
  },
  {
    title: "either plugin",
    yaml: `network: {plugin: flannel}`,
    problems: [],
  },
  {
    title: "proxy mode that is not built",
    yaml: `network: {proxy: userspace}`,
    problems: ['network.proxy: expected one of nftables, iptables, ipvs, none, got "userspace"'],
  },
  {
    title: "name server in the cluster",
    yaml: `network: {dns: [10.32.0.10, 9.9.9.9]}`,
    problems: [
      "network.dns[0]: 10.32.0.10 is in network.services 10.32.0.0/16, which exists only while the cluster runs; name a server outside it",
    ],
  },
  {
    title: "name server with a mask, twice the same",
    yaml: `network: {dns: [9.9.9.9/32, 9.9.9.9]}`,
    problems: [
      'network.dns[0]: expected an IPv4 address like 10.17.0.11, got "9.9.9.9/32"; remove the prefix length',
    ],
  },
  {
    title: "no name server",
    yaml: `network: {dns: []}`,
    problems: ["network.dns: expected at least one address; without the key, the gateway is used"],
  },
  {
    title: "name servers not in a list",
    yaml: `network: {dns: 9.9.9.9}`,
    problems: ['network.dns: expected a list of addresses like [9.9.9.9], got "9.9.9.9"'],
  },
  {
    title: "the network in one word",
    yaml: `network: 10.17.0.0/24`,
    problems: [
      'network: expected a mapping with nodes, bridge, gateway, pods, services, plugin, proxy and dns, got "10.17.0.0/24"',
    ],
  },
  {
    title: "nothing behind the key",
    yaml: `network:`,
    problems: [
      "network: expected a mapping with nodes, bridge, gateway, pods, services, plugin, proxy and dns, got nothing",
    ],
  },
  {
    title: "unknown keys of other tools",
    yaml: `network: {podCIDR: 10.1.0.0/16, serviceSubnet: 10.2.0.0/16, cni: routes, podss: 1}`,
    problems: [
      "network.podCIDR: unknown key; did you mean network.pods?",
      "network.serviceSubnet: unknown key; did you mean network.services?",
      "network.cni: unknown key; did you mean network.plugin?",
      "network.podss: unknown key; did you mean pods?",
    ],
  },
  {
    title: "unknown keys at the wrong place",
    yaml: `
      podCidrr: 10.1.0.0/16
      podCidr: 10.1.0.0/16
      pods: 10.1.0.0/16
      cni: routes
    `,
    problems: [
      "podCidrr: unknown key; did you mean network.pods?",
      "podCidr: unknown key; did you mean network.pods?",
      "pods: unknown key; did you mean network.pods?",
      "cni: unknown key; did you mean network.plugin?",
    ],
  },
]);
