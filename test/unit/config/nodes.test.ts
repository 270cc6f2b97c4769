import { describeProblems } from "./describeProblems.ts";

describeProblems("nodes and pools", [
  {
    title: "empty",
    yaml: `!{}`,
    problems: [
      "nodes: there are no nodes; add at least one with the roles control-plane and worker",
    ],
  },
  {
    title: "nothing at all",
    yaml: `!null`,
    problems: [
      ": expected a mapping with nodes or pools, and maybe network, api, ingress, machines, ssh, certificates, people, runtime, kubelet, mirrorPort, got nothing",
    ],
  },
  {
    title: "a list",
    yaml: `![1, 2]`,
    problems: [
      ": expected a mapping with nodes or pools, and maybe network, api, ingress, machines, ssh, certificates, people, runtime, kubelet, mirrorPort, got [1,2]",
    ],
  },
  {
    title: "a word",
    yaml: `!nodes`,
    problems: [
      ': expected a mapping with nodes or pools, and maybe network, api, ingress, machines, ssh, certificates, people, runtime, kubelet, mirrorPort, got "nodes"',
    ],
  },
  {
    title: "no node",
    yaml: `!nodes: {}`,
    problems: [
      "nodes: there are no nodes; add at least one with the roles control-plane and worker",
    ],
  },
  {
    title: "only empty pools",
    yaml: `!pools: {worker: {count: 0, firstAddress: 10.17.0.21, roles: [worker]}}`,
    problems: [
      "nodes: there are no nodes; add at least one with the roles control-plane and worker",
    ],
  },
  {
    title: "no control plane",
    yaml: `!nodes: {a: {roles: [worker], address: 10.17.0.21}}`,
    problems: ["nodes: no node has the role control-plane; give it to one"],
  },
  {
    title: "a role that may be the control plane is misspelt: nothing is said of a missing one",
    yaml: `!nodes: {a: {roles: [control-plan], address: 10.17.0.21}}`,
    problems: [
      'nodes.a.roles[0]: expected one of control-plane, worker, etcd, load-balancer, got "control-plan"; did you mean control-plane?',
    ],
  },
  {
    title: "two control planes",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, cp-2: {roles: [control-plane, worker], address: 10.17.0.12}}`,
    problems: [
      "nodes.cp-2.roles: 2 nodes have the role control-plane (nodes.cp, nodes.cp-2), but none is a load balancer; give a node the role load-balancer",
      "nodes.cp-2.roles: etcd would have 2 members (nodes.cp, nodes.cp-2), which survives no more losses than 1 would; make it 1, 3 or 5 control planes, or give 1, 3 or 5 nodes the role etcd",
    ],
  },
  {
    title: "a pool of control planes",
    yaml: `!pools: {cp: {roles: [control-plane], count: 3, firstAddress: 10.17.0.12}}`,
    problems: [
      "pools.cp.roles: 3 nodes have the role control-plane (pools.cp with 3), but none is a load balancer; give a node the role load-balancer",
    ],
  },
  {
    title: "nodes as a list",
    yaml: `nodes: [{name: a, roles: [worker], address: 10.17.0.21}]`,
    problems: [
      'nodes: expected a mapping of node names to nodes, got [{"name":"a","roles":["worker"],"address":"10.17.0.21"}]',
    ],
  },
  {
    title: "nodes as a number",
    yaml: `nodes: 5`,
    problems: ["nodes: expected a mapping of node names to nodes, got 5"],
  },
  {
    title: "a node without anything",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, a: }`,
    problems: [
      "nodes.a: expected a mapping with roles and address, and maybe cpus, memoryMiB, diskGiB, runtime, kubelet, host, got nothing",
    ],
  },
  {
    title: "keys that are missing",
    yaml: `
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, a: {}}
      pools: {b: {}}
    `,
    problems: [
      "nodes.a.address: expected an IPv4 address like 10.17.0.11, got nothing",
      "nodes.a.roles: expected a list of roles like [worker], got nothing",
      "pools.b.count: expected a whole number of nodes from 0 to 1000, got nothing",
      "pools.b.firstAddress: expected an IPv4 address like 10.17.0.11, got nothing",
      "pools.b.roles: expected a list of roles like [worker], got nothing",
    ],
  },
  {
    title: "role misspelt, in capitals, with a space, twice, of another tool",
    yaml: `pools: {w: {count: 1, firstAddress: 10.17.0.21, roles: ["worker ", Worker, worker, worker, master, 7]}}`,
    problems: [
      'pools.w.roles[0]: expected one of control-plane, worker, etcd, load-balancer, got "worker "; did you mean worker?',
      'pools.w.roles[1]: expected one of control-plane, worker, etcd, load-balancer, got "Worker"; did you mean worker?',
      'pools.w.roles[4]: expected one of control-plane, worker, etcd, load-balancer, got "master"',
      "pools.w.roles[5]: expected one of control-plane, worker, etcd, load-balancer, got 7",
    ],
  },
  {
    title: "the same role twice",
    yaml: `pools: {w: {count: 1, firstAddress: 10.17.0.21, roles: [worker, worker]}}`,
    problems: ["pools.w.roles[1]: worker is listed twice; remove one"],
  },
  {
    title: "a role without a list",
    yaml: `pools: {w: {count: 1, firstAddress: 10.17.0.21, roles: worker}}`,
    problems: [
      'pools.w.roles: expected a list of roles like [worker], got "worker"; write [worker]',
    ],
  },
  {
    title: "no role",
    yaml: `pools: {w: {count: 1, firstAddress: 10.17.0.21, roles: []}}`,
    problems: [
      "pools.w.roles: expected at least one role of control-plane, worker, etcd, load-balancer",
    ],
  },
  {
    title: "names",
    yaml: `
      pools:
        Worker_1: {count: 1, firstAddress: 10.17.0.21, roles: [worker]}
        -a: {count: 1, firstAddress: 10.17.0.22, roles: [worker]}
        a.: {count: 1, firstAddress: 10.17.0.23, roles: [worker]}
        "": {count: 1, firstAddress: 10.17.0.24, roles: [worker]}
        localhost: {count: 1, firstAddress: 10.17.0.25, roles: [worker]}
        abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz: {count: 1, firstAddress: 10.17.0.26, roles: [worker]}
    `,
    problems: [
      "pools.Worker_1: the name \"Worker_1\" must be at most 52 lower-case letters, digits and '-', with a letter or digit at both ends; try worker-1",
      "pools.-a: the name \"-a\" must be at most 52 lower-case letters, digits and '-', with a letter or digit at both ends; try a",
      'pools["a."]: the name "a." must be at most 52 lower-case letters, digits and \'-\', with a letter or digit at both ends; try a',
      'pools[""]: the name "" must be at most 52 lower-case letters, digits and \'-\', with a letter or digit at both ends',
      "pools.localhost: localhost is a reserved name; choose another",
      "pools.abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz: the name \"abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz\" must be at most 52 lower-case letters, digits and '-', with a letter or digit at both ends; try abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxy",
    ],
  },
  {
    title: "a bad name hides nothing inside",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, Node_A: {roles: [worke], address: 10.17.1.11, cpu: 2}}`,
    problems: [
      'nodes.Node_A.roles[0]: expected one of control-plane, worker, etcd, load-balancer, got "worke"; did you mean worker?',
      "nodes.Node_A.cpu: unknown key; did you mean cpus?",
      "nodes.Node_A: the name \"Node_A\" must be at most 52 lower-case letters, digits and '-', with a letter or digit at both ends; try node-a",
      "nodes.Node_A.address: 10.17.1.11 is not in network.nodes 10.17.0.0/24; nodes may have 10.17.0.2 to 10.17.0.254",
    ],
  },
  {
    title: "a name that a pool's node has",
    yaml: `
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, worker-2: {roles: [worker], address: 10.17.0.31}, worker-3: {roles: [worker], address: 10.17.0.33}}
      pools: {worker: {count: 2, firstAddress: 10.17.0.21, roles: [worker]}}
    `,
    problems: [
      "nodes.worker-2: worker-2 is also the name of number 2 of pools.worker; choose another",
    ],
  },
]);
