import { describeProblems } from "./describeProblems.ts";

describeProblems("addresses of nodes", [
  {
    title: "address of another network, of the network, the gateway, the broadcast address",
    yaml: `
      nodes:
        cp: {roles: [control-plane], address: 10.17.1.11}
        a: {roles: [worker], address: 10.17.0.0}
        b: {roles: [worker], address: 10.17.0.1}
        c: {roles: [worker], address: 10.17.0.255}
    `,
    problems: [
      "nodes.cp.address: 10.17.1.11 is not in network.nodes 10.17.0.0/24; nodes may have 10.17.0.2 to 10.17.0.254",
      "nodes.a.address: 10.17.0.0 is the network's own address in network.nodes 10.17.0.0/24; nodes may have 10.17.0.2 to 10.17.0.254",
      "nodes.b.address: 10.17.0.1 is the gateway of network.nodes 10.17.0.0/24; nodes may have 10.17.0.2 to 10.17.0.254",
      "nodes.c.address: 10.17.0.255 is the broadcast address of network.nodes 10.17.0.0/24; nodes may have 10.17.0.2 to 10.17.0.254",
    ],
  },
  {
    title: "addresses malformed",
    yaml: `
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11/24}
        a: {roles: [worker], address: 10.17.0}
        b: {roles: [worker], address: 1017011}
        c: {roles: [worker], address: "fd00::1"}
        d: {roles: [worker], address: worker-1.example.org}
    `,
    problems: [
      'nodes.cp.address: expected an IPv4 address like 10.17.0.11, got "10.17.0.11/24"; remove the prefix length',
      'nodes.a.address: expected an IPv4 address like 10.17.0.11, got "10.17.0"',
      "nodes.b.address: expected an IPv4 address like 10.17.0.11, got 1017011",
      'nodes.c.address: expected an IPv4 address like 10.17.0.11, got "fd00::1"; only IPv4 is supported',
      'nodes.d.address: expected an IPv4 address like 10.17.0.11, got "worker-1.example.org"',
    ],
  },
  {
    title: "the same address twice",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, a: {roles: [worker], address: 10.17.0.11}, b: {roles: [worker], address: 10.17.0.11}}`,
    problems: [
      "nodes.a.address: 10.17.0.11 is taken: nodes.cp has it already; each node needs a different address",
      "nodes.b.address: 10.17.0.11 is taken: nodes.cp has it already; each node needs a different address",
    ],
  },
  {
    title: "a pool over a node",
    yaml: `pools: {worker: {count: 5, firstAddress: 10.17.0.8, roles: [worker]}}`,
    problems: [
      "pools.worker.firstAddress: 10.17.0.8 to 10.17.0.12 share 10.17.0.11: nodes.cp has it already; each node needs a different address",
    ],
  },
  {
    title: "a pool over a pool",
    yaml: `pools: {a: {count: 5, firstAddress: 10.17.0.20, roles: [worker]}, b: {count: 5, firstAddress: 10.17.0.24, roles: [worker]}}`,
    problems: [
      "pools.b.firstAddress: 10.17.0.24 to 10.17.0.28 share 10.17.0.24: pools.a has 10.17.0.20 to 10.17.0.24 already; each node needs a different address",
    ],
  },
  {
    title: "a pool too large for the network",
    yaml: `pools: {a: {count: 300, firstAddress: 10.17.0.20, roles: [worker]}}`,
    problems: [
      "pools.a.count: 300 nodes do not fit: from 10.17.0.20 to the end of network.nodes 10.17.0.0/24 there is room for 235; use a lower first address, or a larger network.nodes",
    ],
  },
  {
    title: "a pool beyond the last address of all",
    yaml: `pools: {a: {count: 20, firstAddress: 255.255.255.250, roles: [worker]}}`,
    problems: [
      "pools.a.firstAddress: 255.255.255.250 is not in network.nodes 10.17.0.0/24; nodes may have 10.17.0.2 to 10.17.0.254",
    ],
  },
  {
    title: "count",
    yaml: `
      pools:
        a: {count: -1, firstAddress: 10.17.0.20, roles: [worker]}
        b: {count: 1.5, firstAddress: 10.17.0.20, roles: [worker]}
        c: {count: 1001, firstAddress: 10.17.0.20, roles: [worker]}
        d: {count: "2", firstAddress: 10.17.0.20, roles: [worker]}
        e: {replicas: 2, firstAddress: 10.17.0.20, roles: [worker]}
    `,
    problems: [
      "pools.a.count: expected a whole number of nodes from 0 to 1000, got -1",
      "pools.b.count: expected a whole number of nodes from 0 to 1000, got 1.5",
      "pools.c.count: expected a whole number of nodes from 0 to 1000, got 1001",
      'pools.d.count: expected a whole number of nodes from 0 to 1000, got "2"; write 2 without quotes',
      "pools.e.count: expected a whole number of nodes from 0 to 1000, got nothing",
      "pools.e.replicas: unknown key; did you mean count?",
    ],
  },
  {
    title: "an empty pool claims no address and no name",
    yaml: `pools: {a: {count: 0, firstAddress: 10.17.0.11, roles: [worker]}}`,
    problems: [],
  },
]);
