import { describeProblems } from "./describeProblems.ts";

describeProblems("networks", [
  {
    title: "pods overlap services",
    yaml: `network: {pods: 10.96.0.0/12, services: 10.96.0.0/16}`,
    problems: [
      "network.pods: 10.96.0.0/12 overlaps network.services 10.96.0.0/16; choose networks that share no address",
    ],
  },
  {
    title: "nodes overlap pods",
    yaml: `network: {nodes: 10.17.0.0/24, pods: 10.0.0.0/11}`,
    problems: [
      "network.nodes: 10.17.0.0/24 overlaps network.pods 10.0.0.0/11; choose networks that share no address",
    ],
  },
  {
    title: "nodes overlap services",
    yaml: `network: {nodes: 10.17.0.0/24, services: 10.17.0.0/20}`,
    problems: [
      "network.nodes: 10.17.0.0/24 overlaps network.services 10.17.0.0/20; choose networks that share no address",
    ],
  },
  {
    title: "all three overlap",
    yaml: `network: {nodes: 10.17.0.0/16, pods: 10.17.0.0/16, services: 10.17.0.0/16}`,
    problems: [
      "network.nodes: 10.17.0.0/16 overlaps network.pods 10.17.0.0/16; choose networks that share no address",
      "network.nodes: 10.17.0.0/16 overlaps network.services 10.17.0.0/16; choose networks that share no address",
      "network.pods: 10.17.0.0/16 overlaps network.services 10.17.0.0/16; choose networks that share no address",
    ],
  },
  {
    title: "no mask",
    yaml: `network: {pods: 10.200.0.0}`,
    problems: [
      'network.pods: expected an IPv4 network like 10.17.0.0/24, got "10.200.0.0"; write 10.200.0.0/16, for example',
    ],
  },
  {
    title: "mask too long for an address",
    yaml: `network: {pods: 10.0.0.0/33}`,
    problems: ['network.pods: expected an IPv4 network like 10.17.0.0/24, got "10.0.0.0/33"'],
  },
  {
    title: "no byte is above 255",
    yaml: `network: {pods: 300.0.0.0/16}`,
    problems: ['network.pods: expected an IPv4 network like 10.17.0.0/24, got "300.0.0.0/16"'],
  },
  {
    title: "leading zeros",
    yaml: `network: {pods: 010.200.0.0/16}`,
    problems: ['network.pods: expected an IPv4 network like 10.17.0.0/24, got "010.200.0.0/16"'],
  },
  {
    title: "an empty text",
    yaml: `network: {pods: ""}`,
    problems: ['network.pods: expected an IPv4 network like 10.17.0.0/24, got ""'],
  },
  {
    title: "a number",
    yaml: `network: {pods: 10.2}`,
    problems: ["network.pods: expected an IPv4 network like 10.17.0.0/24, got 10.2"],
  },
  {
    title: "bits behind the mask",
    yaml: `network: {services: 10.32.0.1/16}`,
    problems: ["network.services: 10.32.0.1/16 has host bits set; write 10.32.0.0/16"],
  },
  {
    title: "services too large",
    yaml: `network: {services: 11.0.0.0/8}`,
    problems: [
      "network.services: 11.0.0.0/8 is too large for the API server; use a prefix of /12 or longer",
    ],
  },
  {
    title: "services too small for the DNS's address",
    yaml: `network: {services: 10.32.0.0/30}`,
    problems: [
      "network.services: 10.32.0.0/30 is too small: the first address is the API's, the tenth the cluster DNS's; use a prefix of /28 or shorter",
    ],
  },
  {
    title: "pods smaller than one node's network",
    yaml: `network: {pods: 10.200.0.0/25}`,
    problems: [
      "network.pods: 10.200.0.0/25 is smaller than the /24 that each node needs; use a shorter prefix like /16",
    ],
  },
  {
    title: "pods too few for the node's place",
    yaml: `network: {pods: 10.200.0.0/23}`,
    problems: [
      "network.pods: 10.200.0.0/23 holds 2 networks of /24, and 10.17.0.11 of nodes.cp is number 11 of network.nodes 10.17.0.0/24; use /20 or shorter, or lower addresses",
    ],
  },
  {
    title: "pods too few for a pool's last node",
    yaml: `
      network: {pods: 10.200.0.0/20}
      pools: {worker: {count: 40, firstAddress: 10.17.0.20, roles: [worker]}}
    `,
    problems: [
      "network.pods: 10.200.0.0/20 holds 16 networks of /24, and 10.17.0.59 of pools.worker is number 59 of network.nodes 10.17.0.0/24; use /18 or shorter, or lower addresses",
    ],
  },
  {
    title: "nodes so many that no network of pods is wide enough",
    yaml: `
      !nodes: {cp: {roles: [control-plane], address: 10.200.0.1}}
      network: {nodes: 10.0.0.0/8, pods: 11.0.0.0/16}
    `,
    problems: [
      "network.nodes: 10.0.0.0/8 overlaps network.services 10.32.0.0/16; choose networks that share no address",
      "network.pods: 11.0.0.0/16 holds 256 networks of /24, and 10.200.0.1 of nodes.cp is number 13107201 of network.nodes 10.0.0.0/8; give nodes lower addresses",
    ],
  },
  {
    title: "nodes' network too small",
    yaml: `network: {nodes: 10.17.0.8/30}`,
    problems: [
      "network.nodes: 10.17.0.8/30 is too small for a gateway and nodes; use a prefix of /29 or shorter",
    ],
  },
  {
    title: "IPv6 pods",
    yaml: `network: {pods: "fd00::/48"}`,
    problems: [
      'network.pods: expected an IPv4 network like 10.17.0.0/24, got "fd00::/48"; only IPv4 is supported',
    ],
  },
  {
    title: "loopback",
    yaml: `network: {services: 127.0.0.0/16}`,
    problems: [
      "network.services: 127.0.0.0/16 overlaps 127.0.0.0/8, which is the loopback network (RFC 1122); choose one of 10.0.0.0/8",
    ],
  },
  {
    title: "everything",
    yaml: `network: {pods: 0.0.0.0/0}`,
    problems: [
      "network.nodes: 10.17.0.0/24 overlaps network.pods 0.0.0.0/0; choose networks that share no address",
      "network.pods: 0.0.0.0/0 overlaps 0.0.0.0/8, which means the machine itself (RFC 1122); choose one of 10.0.0.0/8",
      "network.pods: 0.0.0.0/0 overlaps network.services 10.32.0.0/16; choose networks that share no address",
    ],
  },
  {
    title: "multicast",
    yaml: `network: {pods: 224.0.0.0/8}`,
    problems: [
      "network.pods: 224.0.0.0/8 overlaps 224.0.0.0/4, which is multicast (RFC 5771); choose one of 10.0.0.0/8",
    ],
  },
]);
