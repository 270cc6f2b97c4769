import { describeProblems } from "./describeProblems.ts";

describeProblems("labels and taints", [
  {
    title: "user-defined, and a role's name",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, w: {roles: [worker], address: 10.17.0.21, labels: {disk: ssd, example.org/rack: "7", node-role.kubernetes.io/infra: ""}, taints: ["dedicated=infra:NoSchedule", "example.org/slow:PreferNoSchedule"]}}`,
    problems: [],
  },
  {
    title: "a number as a value, a space in a name",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, labels: {rack: 7, "two words": x}}}`,
    problems: [
      `nodes.cp.labels.rack: expected a label's value: at most 63 letters, digits, '-', '_' and '.', in quotes if it looks like a number or a boolean, got 7`,
      'nodes.cp.labels["two words"]: expected labels with names like disk or example.org/disk, got "two words"',
    ],
  },
  {
    title: "a taint without an effect, and one with an effect that there is not",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, taints: [dedicated, "dedicated:Never"]}}`,
    problems: [
      'nodes.cp.taints[0]: expected a taint like dedicated=infra:NoSchedule, with NoSchedule, PreferNoSchedule or NoExecute, got "dedicated"',
      'nodes.cp.taints[1]: expected a taint like dedicated=infra:NoSchedule, with NoSchedule, PreferNoSchedule or NoExecute, got "dedicated:Never"',
    ],
  },
  {
    title: "what Kubernetes or this program gives",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, labels: {kubernetes.io/hostname: x, hardway.io/lab: y, node-role.kubernetes.io/worker: ""}, taints: ["node-role.kubernetes.io/control-plane:NoSchedule"]}}`,
    problems: [
      'nodes.cp.labels["kubernetes.io/hostname"]: kubernetes.io/hostname is managed by Kubernetes or hardway; choose another name',
      'nodes.cp.labels["hardway.io/lab"]: hardway.io/lab is managed by Kubernetes or hardway; choose another name',
      'nodes.cp.labels["node-role.kubernetes.io/worker"]: node-role.kubernetes.io/worker is managed by Kubernetes or hardway; choose another name',
      "nodes.cp.taints[0]: node-role.kubernetes.io/control-plane is managed by Kubernetes or hardway; choose another name",
    ],
  },
  {
    title: "on machines that are no Nodes",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, lb: {roles: [load-balancer], address: 10.17.0.5, labels: {disk: ssd}, taints: [], kubelet: {maxPods: 50}}}`,
    problems: [
      "nodes.lb.kubelet: load-balancer alone has no kubelet and no Node; remove it",
      "nodes.lb.labels: load-balancer alone has no kubelet and no Node; remove it",
      "nodes.lb.taints: load-balancer alone has no kubelet and no Node; remove it",
    ],
  },
]);
