/** A thing that one of the five source texts asks for. */
export interface Row {
  readonly id: string;
  readonly asks: string;
  /** Pages or files that show it, from docs/. */
  readonly pages?: readonly string[];
  /** What is missing; unset if nothing is. */
  readonly open?: string;
}

export interface SourceText {
  readonly title: string;
  readonly rows: readonly Row[];
}

const row = (id: string, asks: string, ...pages: readonly string[]): Row => ({
  id,
  asks,
  ...(pages.length > 0 ? { pages } : {}),
});

const open = (id: string, asks: string, missing: string): Row => ({ id, asks, open: missing });

const notBooted =
  "the image is one of `machines.image`'s, but was never booted: the project's test machines cannot download it";

/** The rows in the order of the texts. Tests name them by `meta: { rows: [...] }`. */
export const texts: readonly SourceText[] = [
  {
    title: "S0: a learner's journal ([journal](labs/journal.md))",
    rows: [
      row("S0-01", "a program creates the machines", "machines.md#the-first-boot-cloud-init"),
      row("S0-02", "qemu and libvirt, from the right packages", "requirements.md"),
      row("S0-03", "the workstation need not be Debian", "requirements.md"),
      row("S0-04", "cloud-init sets keys and network", "machines.md#the-first-boot-cloud-init"),
      row("S0-05", "cloud-init's values can be configured", "machines.md#time-zone-users-files"),
      open("S0-06", "nodes run Ubuntu's cloud image", notBooted),
      row("S0-07", "one program also converts the image", "../toolchain/image/build-image.sh"),
      row("S0-08", "errors are handled while machines are created", "troubleshooting.md"),
      row("S0-09", "existing files do not block a run"),
      row("S0-10", "machines clean up after themselves", "clean-up.md"),
      row("S0-11", "etcd is a service of its own", "etcd.md"),
      row(
        "S0-12",
        "start order: etcd, API server, controller manager, scheduler",
        "README.md#the-order-of-the-resources",
      ),
      row("S0-13", "a control plane fits on a small machine"),
      row("S0-14", "a complete control plane works"),
      row(
        "S0-15",
        "what workers run, and how it reaches the runtime",
        "README.md#two-kinds-of-machines",
        "kubelet.md",
        "containerd.md",
      ),
      row("S0-16", "CRI-O as a choice", "cri-o.md"),
      row("S0-17", "different runtimes in one cluster", "cri-o.md"),
      row("S0-18", "no kubeadm and no distribution"),
      open("S0-19", "a monitoring solution", "monitoring"),
      row("S0-20", "a picture of the cluster", "README.md"),
      row(
        "S0-21",
        "an explanation of how a pod comes to exist",
        "README.md#how-a-pod-comes-to-exist",
      ),
      row("S0-22", "every step can be retraced", "steps.md"),
      row("S0-23", "break, repair, and start again cheaply", "etcd.md", "labs.md#the-end-of-a-lab"),
    ],
  },
  {
    title: "S1: a control plane, two workers and HAProxy ([play-k8s](labs/play-k8s.md))",
    rows: [
      row("S1-01", "one worker is also the front, with HAProxy", "load-balancer.md"),
      open("S1-02", "Fedora's cloud image on all nodes", notBooted),
      row("S1-03", "one step per stage", "steps.md"),
      row("S1-04", "static addresses", "labs.md#naming-and-addressing-rules"),
      open("S1-05", "SELinux in enforcing mode", "nothing was run with SELinux in enforcing mode"),
      open("S1-06", "a firewall on the nodes", "nothing was run with a firewall on the nodes"),
      row(
        "S1-07",
        "containerd and crictl with complete configs",
        "containerd.md",
        "../test/unit/render/__snapshots__/worker-1/containerd.sh",
      ),
      row("S1-08", "CoreDNS as the cluster's DNS", "addons.md"),
      row("S1-09", "kube-proxy on each node", "kube-proxy.md"),
      row("S1-10", "kube-proxy in the mode ipvs"),
      row("S1-11", "flannel with VXLAN", "pod-network.md#flannel"),
      open(
        "S1-12",
        "an ingress that ends TLS and routes by host and path",
        "the load balancer's ports 80 and 443 lead to NodePorts; the ingress controller behind them is not installed",
      ),
      row("S1-13", "a request's path from outside to a pod", "load-balancer.md"),
      row("S1-14", "the API server's groups and watches explained", "kube-apiserver.md"),
      row("S1-15", "controllers, built-in and custom, explained", "kube-controller-manager.md"),
      row("S1-16", "the scheduler's filtering and scoring explained", "kube-scheduler.md"),
      row("S1-17", "etcd: several members, a disk of its own, snapshots", "etcd.md"),
      row("S1-18", "the kubelet explained", "kubelet.md"),
      row("S1-19", "a developer's account", "people.md"),
      row("S1-20", "another worker", "labs.md#changes-one-at-a-time"),
      open("S1-21", "Redis on two workers", "not part of hardway"),
      open("S1-22", "Kafka on two workers", "not part of hardway"),
      open("S1-23", "a private image registry", "not part of hardway"),
      open("S1-24", "a custom operator", "not part of hardway"),
      row("S1-25", "a custom qcow2 image", "labs.md#changes-one-at-a-time"),
      open("S1-26", "images that are not copied to every node", "each node stores its images"),
      row("S1-27", "unused images are removed", "kubelet.md"),
      row("S1-28", "a cluster without kube-proxy"),
      row("S1-29", "a complete cluster, step by step", "README.md#reading-order"),
      row("S1-30", "an SSH user with sudo without a password", "machines.md#existing-machines"),
      row("S1-31", "a time zone", "machines.md#time-zone-users-files"),
      row("S1-32", "a serial console, no graphics", "machines.md#look-at-it"),
      row("S1-33", "removing a lab keeps downloaded images", "clean-up.md"),
      row("S1-34", "a proxy and mirrors for image pulls", "outside.md"),
      row("S1-35", "kubectl on the workstation", "people.md#the-kubeconfig"),
      row(
        "S1-36",
        "roles of nodes by label",
        "../Pulumi.play-k8s.yaml",
        "labs.md#changes-one-at-a-time",
      ),
      open("S1-37", "Fedora's image of a newer release", notBooted),
      open(
        "S1-38",
        "OIDC",
        "the API server's `oidc-…` flags can be set ([config](config.md#flags-of-components)); no identity provider was tried",
      ),
      row("S1-39", "a registry reached by name, without TLS", "outside.md"),
      row("S1-40", "certificate requests approved through the API", "people.md"),
      row("S1-41", "one YAML file for everything", "labs.md"),
      row("S1-42", "runtime, pod network and kube-proxy mode can be selected", "config.md"),
      row("S1-43", "larger disks", "config.md"),
      row("S1-44", "a node is added later", "labs.md#changes-one-at-a-time"),
      row("S1-45", "one command deploys everything", "quickstart.md"),
      open("S1-46", "wildcard DNS names for applications", "not part of hardway"),
      open("S1-47", "Longhorn", "not part of hardway"),
      open(
        "S1-48",
        "ingress-nginx on fixed NodePorts behind HAProxy",
        "the NodePorts and HAProxy's frontends exist; the ingress controller is not installed",
      ),
    ],
  },
  {
    title: "S2: three nodes with every role ([harder-way](labs/harder-way.md))",
    rows: [
      row("S2-01", "no cloud provider", "requirements.md"),
      row("S2-02", "fast and local", "measurements.md"),
      row("S2-03", "step-by-step guidance", "quickstart.md", "README.md#reading-order"),
      row(
        "S2-04",
        "Linux, networking and debugging tools are covered",
        "operating-system.md",
        "pod-network.md",
      ),
      row("S2-05", "the source is easy to change", "../README.md#how-it-is-built"),
      row("S2-06", "one entry command", "../README.md"),
      row("S2-07", "nodes are control plane and worker at once"),
      row("S2-08", "addresses and routes between machines", "pod-network.md"),
      row("S2-09", "an own root CA signs everything", "certificates.md"),
      row("S2-10", "the control plane and the workers start in the right order"),
      open(
        "S2-11",
        "CI on GitHub Actions runs the real flow",
        "a workflow runs [`.ci/run`](../.ci/run); no run on GitHub Actions has been shown",
      ),
      row("S2-12", "a pre-commit hook", "../CONTRIBUTING.md"),
      row("S2-13", "targets for common tasks", "quickstart.md"),
      row("S2-14", "certificate requests in the repository, secrets outside", "certificates.md"),
      row("S2-15", "a download cache", "mirror.md"),
      row("S2-16", "a kubeconfig for each component", "certificates.md"),
      open("S2-17", "macOS", "macOS"),
      row("S2-18", "Linux machines of other kinds", "machines.md#existing-machines"),
      open("S2-19", "a published documentation site", "the site"),
      row("S2-20", "network pictures", "README.md", "pod-network.md"),
      row("S2-21", "one command checks the documentation"),
      row("S2-22", "documentation needs no long build"),
      open(
        "S2-23",
        "DNS and a highly available address from the workstation",
        "the API's address survives the loss of a machine; names of nodes and Services do not resolve on the workstation",
      ),
      row("S2-24", "state is hard to delete by mistake", "certificates.md"),
      row("S2-25", "nodes survive restarts"),
      row(
        "S2-26",
        "addresses do not depend on the order of creation",
        "labs.md#naming-and-addressing-rules",
      ),
      row("S2-27", "the API behind HAProxy, highly available", "load-balancer.md"),
      row("S2-28", "more names in the API server's certificate", "certificates.md"),
      row("S2-29", "polling instead of fixed sleeps", "steps.md#the-words"),
      row(
        "S2-30",
        "a service-account issuer that is a name",
        "../test/unit/render/__snapshots__/control-1/kube-apiserver.sh",
      ),
      open("S2-31", "MetalLB, ingress and Argo CD", "none of them is installed"),
      row("S2-32", "a check of the required tools", "requirements.md"),
    ],
  },
  {
    title: "S3: how a pod is launched ([How this cluster works](README.md))",
    rows: [
      row("S3-01", "control plane and workers explained", "README.md#two-kinds-of-machines"),
      row(
        "S3-02",
        "one worker is enough",
        "../Pulumi.journal.yaml",
        "labs.md#changes-one-at-a-time",
      ),
      row("S3-03", "container runtimes explained", "containerd.md"),
      row("S3-04", "control loops, desired and actual state", "README.md#how-a-pod-comes-to-exist"),
      row("S3-05", "levels of explanation", "README.md#reading-order"),
      row("S3-06", "a sequence diagram of running a pod", "README.md#how-a-pod-comes-to-exist"),
      row(
        "S3-07",
        "a Deployment runs (agnhost in place of nginx)",
        "README.md#how-a-pod-comes-to-exist",
      ),
      row("S3-08", "the requests that kubectl sends", "kubectl.md"),
      row("S3-09", "client-side and server-side validation", "kubectl.md"),
      row("S3-10", "a page on kubectl", "kubectl.md"),
      row(
        "S3-11",
        "a page for each control-plane component",
        "etcd.md",
        "kube-apiserver.md",
        "kube-scheduler.md",
        "kube-controller-manager.md",
      ),
      row("S3-12", "authentication and networking", "certificates.md", "pod-network.md"),
      row("S3-13", "a pod can be watched until it is Ready", "README.md#how-a-pod-comes-to-exist"),
    ],
  },
  {
    title:
      "S4: one control plane and two workers with CRI-O ([from-scratch](labs/from-scratch.md))",
    rows: [
      open(
        "S4-01",
        "CentOS 8 Stream machines",
        "CentOS 8 has ended; CentOS Stream 10 is one of `machines.image`'s, but was never booted",
      ),
      row("S4-02", "libvirt, a number of workers, fixed addresses", "machines.md"),
      row("S4-03", "1024 MiB for a worker is enough"),
      row("S4-04", "each component has its own certificate", "certificates.md"),
      row("S4-05", "CRI-O on the workers", "cri-o.md"),
      row("S4-06", "CRI-O has Kubernetes' minor version", "cri-o.md"),
      row("S4-07", "swap", "operating-system.md", "kubelet.md"),
      row(
        "S4-08",
        "the kubelet from upstream's binary",
        "kubelet.md",
        "../test/unit/render/__snapshots__/worker-1/kubelet.sh",
      ),
      open(
        "S4-09",
        "static pods",
        "no directory of static pods, on purpose: [kubelet](kubelet.md) explains why",
      ),
      row("S4-10", "the kubelet is a service", "kubelet.md"),
      row("S4-11", "etcd is a service", "etcd.md"),
      row("S4-12", "logs", "kube-apiserver.md"),
      row("S4-13", "the cgroup driver", "cri-o.md"),
      row("S4-14", "the kubelet is configured by file", "kubelet.md"),
      row("S4-15", "a test pod runs", "containerd.md"),
      row("S4-16", "crictl", "containerd.md"),
      row("S4-17", "etcd's health, and several members", "etcd.md"),
      row("S4-18", "several API servers", "kube-apiserver.md"),
      row("S4-19", "authorization", "kube-apiserver.md"),
      row(
        "S4-20",
        "kubectl, controller manager, scheduler, kube-proxy",
        "kubectl.md",
        "kube-controller-manager.md",
        "kube-scheduler.md",
        "kube-proxy.md",
      ),
      row("S4-21", "the kubelet's HTTP endpoint", "kubelet.md"),
      row("S4-22", "finished pages", "README.md#reading-order"),
      row("S4-23", "how the components work inside", "README.md#reading-order"),
      row("S4-24", "distribution of keys, and SANs explained", "certificates.md"),
      open(
        "S4-25",
        "rename a machine without rebuilding it; machines by Redfish",
        "neither is possible",
      ),
    ],
  },
];
