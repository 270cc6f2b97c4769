import { describeProblems } from "./describeProblems.ts";

const balancer = "lb: {roles: [load-balancer], address: 10.17.0.5}";

describeProblems("roles together", [
  {
    title: "three control planes behind one load balancer",
    yaml: `!{nodes: {${balancer}}, pools: {cp: {roles: [control-plane], count: 3, firstAddress: 10.17.0.12}}}`,
    problems: [],
  },
  {
    title: "an address for load balancers of which there are none",
    yaml: `!{api: {address: 10.17.0.10}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}}, pools: {lb: {roles: [load-balancer], count: 0, firstAddress: 10.17.0.5}}}`,
    problems: [
      "api.address: 10.17.0.10 is the load balancers' address, but no node has the role load-balancer; give it to one, or remove the address",
    ],
  },
  {
    title: "the network's own address for the API",
    yaml: `!{api: {address: 10.17.0.0}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, ${balancer}}}`,
    problems: ["api.address: 10.17.0.0 is reserved in network.nodes 10.17.0.0/24; choose another"],
  },
  {
    title: "the broadcast address for the API",
    yaml: `!{api: {address: 10.17.0.255}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, ${balancer}}}`,
    problems: [
      "api.address: 10.17.0.255 is reserved in network.nodes 10.17.0.0/24; choose another",
    ],
  },
  {
    title: "an api that is no mapping says nothing of the load balancers",
    yaml: `!{api: 5, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}}, pools: {lb: {roles: [load-balancer], count: 2, firstAddress: 10.17.0.5}}}`,
    problems: ["api: expected a mapping with names and address, got 5"],
  },
  {
    title: "an ingress that is no mapping says nothing of the load balancers",
    yaml: `!{ingress: 5, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}}}`,
    problems: ["ingress: expected a mapping with http and https, got 5"],
  },
  {
    title: "a pool of an unknown number may have the control planes",
    yaml: `!{nodes: {w: {roles: [worker], address: 10.17.0.11}}, pools: {cp: {roles: [control-plane], count: x, firstAddress: 10.17.0.21}}}`,
    problems: ['pools.cp.count: expected a whole number of nodes from 0 to 1000, got "x"'],
  },
  {
    title: "pools that are no mapping may have the control planes",
    yaml: `!{nodes: {w: {roles: [worker], address: 10.17.0.11}}, pools: 5}`,
    problems: ["pools: expected a mapping of pool names to pools, got 5"],
  },
  {
    title: "two load balancers with an address that they share",
    yaml: `!{api: {address: 10.17.0.10}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}}, pools: {lb: {roles: [load-balancer], count: 2, firstAddress: 10.17.0.5}}}`,
    problems: [],
  },
  {
    title: "two load balancers without one",
    yaml: `!{nodes: {cp: {roles: [control-plane], address: 10.17.0.11}}, pools: {lb: {roles: [load-balancer], count: 2, firstAddress: 10.17.0.5}}}`,
    problems: [
      "api: 2 load balancers (pools.lb with 2) need a shared address; set api.address to a free one in network.nodes",
    ],
  },
  {
    title: "a load balancer on the control plane, at one address and port",
    yaml: `!nodes: {cp: {roles: [control-plane, load-balancer], address: 10.17.0.11}}`,
    problems: [
      "nodes.cp.roles: nodes.cp would run the load balancer and an API server on the same address and port; set api.address to a free one in network.nodes, or give the role to another node",
    ],
  },
  {
    title: "a load balancer on the control plane, at an address of its own",
    yaml: `!{api: {address: 10.17.0.10}, nodes: {cp: {roles: [control-plane, load-balancer], address: 10.17.0.11}}}`,
    problems: [],
  },
  {
    title: "a load balancer on a worker",
    yaml: `!nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, w: {roles: [worker, load-balancer], address: 10.17.0.21}}`,
    problems: [],
  },
  {
    title: "an address and ports of load balancers, and none that has them",
    yaml: `!{api: {address: 10.17.0.10}, ingress: {http: 30080, https: 30443}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}}}`,
    problems: [
      "api.address: 10.17.0.10 is the load balancers' address, but no node has the role load-balancer; give it to one, or remove the address",
      "ingress.http: needs a load balancer, but no node has that role; give it to one, or remove this",
      "ingress.https: needs a load balancer, but no node has that role; give it to one, or remove this",
    ],
  },
  {
    title: "the API's address outside the nodes' network",
    yaml: `!{api: {address: 10.18.0.10}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, ${balancer}}}`,
    problems: [
      "api.address: 10.18.0.10 is not in network.nodes 10.17.0.0/24; choose a free address in it",
    ],
  },
  {
    title: "the API's address is the gateway's",
    yaml: `!{api: {address: 10.17.0.1}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, ${balancer}}}`,
    problems: ["api.address: 10.17.0.1 is reserved in network.nodes 10.17.0.0/24; choose another"],
  },
  {
    title: "the API's address is a node's",
    yaml: `!{api: {address: 10.17.0.22}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, ${balancer}}, pools: {w: {roles: [worker], count: 3, firstAddress: 10.17.0.21}}}`,
    problems: ["api.address: 10.17.0.22 is the address of pools.w; choose one that no node uses"],
  },
  {
    title: "three members of etcd apart from two control planes",
    yaml: `!{nodes: {${balancer}}, pools: {cp: {roles: [control-plane], count: 2, firstAddress: 10.17.0.12}, e: {roles: [etcd], count: 3, firstAddress: 10.17.0.31}}}`,
    problems: [],
  },
  {
    title: "four members of etcd",
    yaml: `!{nodes: {cp: {roles: [control-plane, etcd], address: 10.17.0.11}}, pools: {e: {roles: [etcd], count: 3, firstAddress: 10.17.0.31}}}`,
    problems: [
      "pools.e.roles: etcd would have 4 members (nodes.cp, pools.e with 3), which survives no more losses than 3 would; give the role to 1, 3 or 5 nodes",
    ],
  },
  {
    title: "seven members of etcd",
    yaml: `!{nodes: {${balancer}}, pools: {cp: {roles: [control-plane], count: 7, firstAddress: 10.17.0.12}}}`,
    problems: [
      "pools.cp.roles: etcd would have 7 members (pools.cp with 7); more than 5 slow down every write; make it 1, 3 or 5 control planes, or give 1, 3 or 5 nodes the role etcd",
    ],
  },
]);
