import { type ConfigProblem, firstAtEachPlace, problemAt } from "../config/messages/problem.ts";
import type { Lab, ProxyMode } from "../model/lab.ts";
import { etcdNodes, isControlPlane } from "../model/roles.ts";

/** Memory of a control plane below which its API server is slow under load, in MiB. */
const comfortableMiB = 2048;

/** Settings that work, each with its risk. */
export function labWarnings(lab: Lab): ConfigProblem[] {
  return [
    ...etcdWarnings(lab),
    ...memoryWarnings(lab),
    ...emulationWarnings(lab),
    ...proxyWarnings(lab),
  ];
}

function etcdWarnings({ nodes }: Lab): ConfigProblem[] {
  const members = etcdNodes(nodes);
  const [only] = members;
  return members.length === 1 && only !== undefined
    ? [
        problemAt(
          only.keys,
          "is the only etcd member: the cluster's data is lost with its disk, and the API is unavailable while it restarts; three members tolerate the loss of one",
        ),
      ]
    : [];
}

function memoryWarnings({ nodes }: Lab): ConfigProblem[] {
  const problems = nodes
    .filter(isControlPlane)
    .flatMap(({ machine }) =>
      machine.kind === "guest" && machine.memoryMiB < comfortableMiB
        ? [
            problemAt(
              machine.setAt.memoryMiB,
              `${machine.memoryMiB} MiB is little for a control plane: the kernel may kill the API server under load; ${comfortableMiB} MiB are comfortable`,
            ),
          ]
        : [],
    );
  return firstAtEachPlace(problems);
}

function emulationWarnings({ machines: { hypervisors } }: Lab): ConfigProblem[] {
  return hypervisors
    .filter(({ domainType }) => domainType === "qemu")
    .map(({ name }) =>
      problemAt(
        name === undefined
          ? ["machines", "domainType"]
          : ["machines", "hypervisors", name, "domainType"],
        "machines are emulated, about ten times slower than with KVM; see docs/without-kvm.md",
      ),
    );
}

/** https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-ipvs */
const proxyRisks: Readonly<Record<ProxyMode, string | undefined>> = {
  nftables: undefined,
  iptables: undefined,
  ipvs: "Kubernetes 1.35 deprecated kube-proxy's ipvs mode; nftables is its successor",
  none: "no pod reaches a Service until your manifests install a replacement of kube-proxy; see docs/kube-proxy.md",
};

function proxyWarnings({ network: { proxy } }: Lab): ConfigProblem[] {
  const risk = proxyRisks[proxy];
  return risk === undefined ? [] : [problemAt(["network", "proxy"], risk)];
}
