import { describeProblems } from "./describeProblems.ts";

describeProblems("hardware, and keys at the wrong place", [
  {
    title: "too little of everything",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, cpus: 0, memoryMiB: 512, diskGiB: 1}}`,
    problems: [
      "nodes.cp.cpus: expected a whole number of CPUs from 1 to 256, got 0",
      "nodes.cp.memoryMiB: expected a whole number of MiB from 1024 to 4194304, got 512",
      "nodes.cp.diskGiB: expected a whole number of GiB from 4 to 65536, got 1",
    ],
  },
  {
    title: "a mapping with a key that JavaScript would call",
    yaml: `
      network: {nodes: {toString: 1}}
      nodes: {cp: {roles: [control-plane], address: {toString: 1}, cpus: {toString: 1}}}
    `,
    problems: [
      'network.nodes: expected an IPv4 network like 10.17.0.0/24, got {"toString":1}',
      'nodes.cp.address: expected an IPv4 address like 10.17.0.11, got {"toString":1}',
      'nodes.cp.cpus: expected a whole number of CPUs from 1 to 256, got {"toString":1}',
    ],
  },
  {
    title: "too little for a control plane",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, cpus: 1, memoryMiB: 1536}}`,
    problems: [
      "nodes.cp.cpus: a control plane needs 2 or more, got 1; raise it",
      "nodes.cp.memoryMiB: a control plane needs 1700 or more, got 1536; raise it",
    ],
  },
  {
    title: "too little for a control plane, from the defaults of all",
    yaml: `machines: {cpus: 1, memoryMiB: 1024}`,
    problems: [
      "nodes.cp.cpus: a control plane needs 2 or more, got 1 from machines.cpus; raise it",
      "nodes.cp.memoryMiB: a control plane needs 1700 or more, got 1024 from machines.memoryMiB; raise it",
    ],
  },
  {
    title: "a malformed size is not taken for the default",
    yaml: `
      machines: {cpus: 1}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, cpus: two}}
    `,
    problems: ['nodes.cp.cpus: expected a whole number of CPUs from 1 to 256, got "two"'],
  },
  {
    title: "amounts with units, in quotes, beyond reason",
    yaml: `
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, cpus: "2", memoryMiB: 2 GiB, diskGiB: 20GB}}
      machines: {memoryMiB: 2048MiB, diskGiB: 1500 MiB, cpus: 1e300}
    `,
    problems: [
      "machines.cpus: expected a whole number of CPUs from 1 to 256, got 1e+300",
      'machines.memoryMiB: expected a whole number of MiB from 1024 to 4194304, got "2048MiB"; write 2048',
      'machines.diskGiB: expected a whole number of GiB from 4 to 65536, got "1500 MiB"',
      'nodes.cp.cpus: expected a whole number of CPUs from 1 to 256, got "2"; write 2 without quotes',
      'nodes.cp.memoryMiB: expected a whole number of MiB from 1024 to 4194304, got "2 GiB"; write 2048',
      'nodes.cp.diskGiB: expected a whole number of GiB from 4 to 65536, got "20GB"; write 20',
    ],
  },
  {
    title: "units in the name only",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, memory: 2048, disk: 10, vcpus: 2, ram: 1}}`,
    problems: [
      "nodes.cp.memory: unknown key; did you mean memoryMiB?",
      "nodes.cp.disk: unknown key; did you mean diskGiB?",
      "nodes.cp.vcpus: unknown key; did you mean cpus?",
      "nodes.cp.ram: unknown key; did you mean memoryMiB?",
    ],
  },
  {
    title: "keys at the wrong level",
    yaml: `
      cpus: 2
      memory: 2048
      worker: 3
      workers: 3
      kubernetesVersion: v1.36
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, maxPods: 50, pool: /srv, name: x}}
    `,
    problems: [
      "nodes.cp.maxPods: unknown key; did you mean nodes.cp.kubelet.maxPods?",
      "nodes.cp.pool: unknown key; did you mean machines.pool?",
      "nodes.cp.name: unknown key; a node's name is its key in nodes, a pool's its key in pools",
      "cpus: unknown key; did you mean machines.cpus?",
      "memory: unknown key; did you mean machines.memoryMiB?",
      "worker: unknown key; known here: network, api, machines, ssh, certificates, people, runtime, kubelet, kubeProxy, flags, ingress, outside, manifests, timeZone, users, files, mirrorAddress, allow, mirrorPort, nodes, pools",
      "workers: unknown key; give nodes or pools the role worker",
      "kubernetesVersion: unknown key; every version is set in model/versions.ts",
    ],
  },
]);
