import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { renderEncryption } from "../../../components/controlplane/kubeApiServer.ts";
import type { SettingType, SettingTypes } from "../../../config/schema/settings.ts";
import kubelet from "../../../config/upstream/kubeletConfiguration.json" with { type: "json" };
import kubeProxy from "../../../config/upstream/kubeProxyConfiguration.json" with { type: "json" };
import { devCluster, labOf, planOf } from "../../../harness/program/labs.ts";
import { filesOf } from "../../../harness/program/stepsOf.ts";
import { versions } from "../../../model/versions.ts";
import configFields from "../../data/configFields.json" with { type: "json" };

const kinds = {
  ...configFields.kinds,
  KubeletConfiguration: kubelet.fields,
  KubeProxyConfiguration: kubeProxy.fields,
} as unknown as Readonly<Record<string, SettingTypes>>;

const plans = {
  routes: planOf(labOf()),
  iptables: planOf(
    labOf({
      ...devCluster,
      network: { proxy: "iptables" },
      kubelet: { maxPods: 50 },
      kubeProxy: { clientConnection: { qps: 20 }, conntrack: { tcpBeLiberal: true } },
    }),
  ),
  flannel: planOf(labOf({ ...devCluster, network: { plugin: "flannel" } })),
};

/** Every YAML file in a node's scripts, by its kind. */
const files = Object.entries(plans).flatMap(([lab, plan]) =>
  plan.nodes
    .filter(({ name }) => name !== "worker-2")
    .flatMap((node) => filesOf(plan, node).map((file) => ({ lab, node: node.name, ...file })))
    .filter(({ text }) => text.startsWith("apiVersion:"))
    .map((file) => ({ ...file, value: parse(file.text) as Record<string, unknown> })),
);

/** The paths that Go's strict decoder would refuse. */
function problems(value: unknown, field: SettingType | undefined, place: string): string[] {
  if (field === undefined) {
    return [`${place}: no such field`];
  }
  if (typeof field === "string") {
    return leafForms[field](value) ? [] : [`${place}: ${JSON.stringify(value)} is no ${field}`];
  }
  if ("listOf" in field) {
    return Array.isArray(value)
      ? value.flatMap((item, index) => problems(item, field.listOf, `${place}[${index}]`))
      : [`${place}: no list`];
  }
  if (typeof value !== "object" || value === null) {
    return [`${place}: no mapping`];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    problems(inner, "mapOf" in field ? field.mapOf : field.fields[key], `${place}.${key}`),
  );
}

const leafForms: Record<SettingType & string, (value: unknown) => boolean> = {
  bool: (value) => typeof value === "boolean",
  int: Number.isInteger,
  number: (value) => typeof value === "number",
  string: (value) => typeof value === "string",
  duration: (value) => typeof value === "string" && /^(\d+(ms|s|m|h))+$/.test(value),
  quantity: (value) => typeof value === "string" || typeof value === "number",
  any: () => true,
};

function problemsOf({ apiVersion, kind, ...value }: Record<string, unknown>): string[] {
  const fields = kinds[String(kind)];
  return [
    ...(typeof apiVersion === "string" ? [] : ["no apiVersion"]),
    ...problems(value, fields === undefined ? undefined : { fields }, String(kind)),
  ];
}

test("the recorded fields are of the pinned Kubernetes; node test/data/recordConfigFields.ts records them", () => {
  expect(configFields.version).toBe(versions.kubernetes.replace(/^v1\./, "v0."));
});

describe("config files", () => {
  const configs = files.filter(({ value }) => value.kind !== "Config");

  test("are these", () => {
    const found = configs.filter(({ lab, node }) => lab === "routes" && node === "control-1");
    expect(found.map(({ path, value }) => `${path} ${String(value.kind)}`)).toEqual([
      "/etc/kubernetes/audit-policy.yaml Policy",
      "/etc/kubernetes/admission.yaml AdmissionConfiguration",
      "/etc/kubernetes/scheduler.yaml KubeSchedulerConfiguration",
      "/var/lib/kubelet/config.yaml KubeletConfiguration",
      "/var/lib/kube-proxy/config.yaml KubeProxyConfiguration",
    ]);
  });

  test.for(configs)("$lab $node $path has only fields that its kind has", ({ value }) => {
    expect(problemsOf(value)).toEqual([]);
  });

  test("a plugin's configuration inside the admission's has only fields that its kind has", () => {
    const admission = configs.filter(({ value }) => value.kind === "AdmissionConfiguration");
    const plugins = admission.flatMap(
      ({ value }) => value.plugins as { configuration: Record<string, unknown> }[],
    );
    expect(plugins.length).toBe(Object.keys(plans).length);
    expect(plugins.flatMap(({ configuration }) => problemsOf(configuration))).toEqual([]);
  });

  test("the encryption's has only fields that its kind has, and a key of 32 bytes", () => {
    const key = Buffer.alloc(32, 7).toString("base64");
    const value = parse(renderEncryption(key)) as Record<string, unknown>;
    expect(problemsOf(value)).toEqual([]);
    expect(JSON.stringify(value)).toContain(
      `"secretbox":{"keys":[{"name":"key1","secret":"${key}"}]}`,
    );
  });

  test("a wrong field is found, wherever it is", () => {
    const value = {
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      mod: "nftables",
      conntrack: { maxPerCor: 0, min: "many" },
    };
    expect(problemsOf(value)).toEqual([
      "KubeProxyConfiguration.mod: no such field",
      "KubeProxyConfiguration.conntrack.maxPerCor: no such field",
      'KubeProxyConfiguration.conntrack.min: "many" is no int',
    ]);
  });
});

test("flannel's network is all pods', of which each node has its part, and leads through VXLAN", () => {
  const { flannel } = plans;
  for (const node of flannel.nodes) {
    const file = (path: string) =>
      filesOf(flannel, node).find((one) => one.path === path)?.text ?? "";
    expect(JSON.parse(file("/etc/kube-flannel/net-conf.json"))).toEqual({
      Network: "10.200.0.0/16",
      Backend: { Type: "vxlan", VNI: 1, Port: 8472 },
    });
    const { plugins } = JSON.parse(file("/etc/cni/net.d/10-hardway.conflist")) as {
      plugins: object[];
    };
    expect(plugins).toMatchObject([
      {
        type: "bridge",
        bridge: "cni0",
        mtu: 1450,
        hairpinMode: true,
        ipMasq: false,
        ipam: { type: "host-local", ranges: [[{ subnet: String(node.podNetwork) }]] },
      },
      { type: "portmap" },
    ]);
  }
});

describe("kubeconfigs", () => {
  const kubeconfigs = files.filter(({ value }) => value.kind === "Config");

  test("are these", () => {
    const found = kubeconfigs.filter(({ lab }) => lab === "flannel");
    expect(found.map(({ node, path, mode }) => `${node} ${path} ${mode}`)).toEqual([
      "control-1 /etc/kubernetes/controller-manager.conf 600",
      "control-1 /etc/kubernetes/scheduler.conf 600",
      "control-1 /etc/kubernetes/kubelet.conf 600",
      "control-1 /etc/kubernetes/kube-proxy.conf 600",
      "control-1 /etc/kubernetes/flannel.conf 600",
      "worker-1 /etc/kubernetes/kubelet.conf 600",
      "worker-1 /etc/kubernetes/kube-proxy.conf 600",
      "worker-1 /etc/kubernetes/flannel.conf 600",
    ]);
  });

  test.for(kubeconfigs)(
    "$lab $node $path leads from its context to the API and to a key pair",
    ({ path, value }) => {
      const {
        clusters,
        users,
        contexts,
        "current-context": current,
      } = value as unknown as Kubeconfig;
      const context = contexts.find(({ name }) => name === current)?.context;
      expect(clusters.find(({ name }) => name === context?.cluster)?.cluster).toEqual({
        server: "https://10.17.0.11:6443",
        "certificate-authority": "/etc/kubernetes/pki/ca.crt",
      });
      const component = path.replace(/^.*\/(.*)\.conf$/, "$1");
      expect(users.find(({ name }) => name === context?.user)?.user).toEqual({
        "client-certificate": `/etc/kubernetes/pki/${component}.crt`,
        "client-key": `/etc/kubernetes/pki/${component}.key`,
      });
    },
  );
});

interface Kubeconfig {
  readonly clusters: readonly { name: string; cluster: unknown }[];
  readonly users: readonly { name: string; user: unknown }[];
  readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly "current-context": string;
}
