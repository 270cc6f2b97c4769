import { parse } from "yaml";
import { nodeSteps, type PlacedFile } from "../../harness/program/nodeSteps.ts";
import type { ProgramRun } from "../../harness/program/runProgram.ts";

/** A connection of one component to another, as the files on the nodes configure it. */
export interface Conversation {
  readonly from: string;
  readonly to: string;
  /** A port, or a socket. */
  readonly at: string;
  /** The name that the server knows the client by; unset if the server asks for none. */
  readonly as?: string;
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
}

/** Upstream's default, which no file repeats: https://kubernetes.io/docs/reference/networking/ports-and-protocols/ */
const kubeletPort = "10250";

const portOf = (url: string): string => new URL(url).port || "443";

/**
 * Who talks to whom in a lab of one control plane, as seen on that node and one worker.
 *
 * @param run of the program, which has every file of every node
 */
export function conversationsOf(run: ProgramRun, controlPlane: string, worker: string) {
  const steps = nodeSteps(run);
  const filesOf = (node: string, step: string): readonly PlacedFile[] =>
    steps.find(({ resource }) => resource === `${node}-${step}`)?.files ?? [];
  const textOf = (node: string, step: string, path: string): string =>
    filesOf(node, step).find((file) => file.path === path)?.text ?? raise(`${node}: ${path}`);

  const subjectOf = (request: string): string =>
    (inputsOf(run, request, "CertRequest").subject as { readonly commonName: string }).commonName;
  const toApi = (from: string, request: string, kubeconfig: string): Conversation => {
    const { clusters } = parse(kubeconfig) as Kubeconfig;
    const server = clusters[0]?.cluster.server ?? raise("a kubeconfig's server");
    return { from, to: "kube-apiserver", at: portOf(server), as: subjectOf(request) };
  };
  const client = (node: string, step: string, path: string): Conversation =>
    toApi(step, `${node}-${step}`, textOf(node, step, path));

  const flag = (name: string): string => {
    const unit = textOf(
      controlPlane,
      "kube-apiserver",
      "/etc/systemd/system/kube-apiserver.service",
    );
    return new RegExp(`--${name}=(\\S+)`).exec(unit)?.[1] ?? raise(`--${name}`);
  };
  const apiServer = subjectOf(`${controlPlane}-kube-apiserver`);
  const kubelet = parse(textOf(worker, "kubelet", "/var/lib/kubelet/config.yaml")) as {
    readonly containerRuntimeEndpoint: string;
  };
  const hosts = textOf(worker, "containerd", "/etc/containerd/certs.d/registry.k8s.io/hosts.toml");
  const { user, port } = connectionOf(run, `${worker}-kubelet`);
  return [
    toApi("kubectl", "kubernetes-admin", String(run.outputs.kubeconfig?.value)),
    client(controlPlane, "kube-controller-manager", "/etc/kubernetes/controller-manager.conf"),
    client(controlPlane, "kube-scheduler", "/etc/kubernetes/scheduler.conf"),
    client(worker, "kubelet", "/etc/kubernetes/kubelet.conf"),
    client(worker, "kube-proxy", "/etc/kubernetes/kube-proxy.conf"),
    { from: "kube-apiserver", to: "etcd", at: portOf(flag("etcd-servers")), as: apiServer },
    { from: "kube-apiserver", to: "kubelet", at: kubeletPort, as: apiServer },
    {
      from: "kubelet",
      to: "containerd",
      at: kubelet.containerRuntimeEndpoint.replace("unix://", ""),
    },
    { from: "containerd", to: "mirror", at: portOf(/"(http[^"]+)"/.exec(hosts)?.[1] ?? "") },
    { from: "Pulumi", to: "sshd", at: String(port), as: user },
  ] satisfies Conversation[];
}

function inputsOf(run: ProgramRun, name: string, type: string): Readonly<Record<string, unknown>> {
  const found = run.registrations.find((one) => one.name === name && one.type.endsWith(type));
  return found?.inputs ?? raise(`${type} ${name}`);
}

function connectionOf(run: ProgramRun, name: string): { user: string; port: number } {
  const { connection } = inputsOf(run, name, "Command");
  const { value = connection } = connection as { readonly value?: unknown };
  return value as { user: string; port: number };
}

function raise(what: string): never {
  throw new Error(`the program's files have no ${what}`);
}
