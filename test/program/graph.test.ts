import { beforeAll, describe, expect, test } from "vitest";
import { devCluster, haCluster } from "../../harness/program/labs.ts";
import {
  type ProgramRun,
  type Registration,
  runProgram,
} from "../../harness/program/runProgram.ts";

/** The engine's wire form of a secret. */
const secretSignature = "4dabf18193072939515e22adb298388d";

let update: ProgramRun;
let preview: ProgramRun;

beforeAll(async () => {
  [update, preview] = await Promise.all([
    runProgram({ cluster: devCluster }),
    runProgram({ cluster: devCluster, mode: "preview" }),
  ]);
});

function named(run: ProgramRun, name: string, type?: string): Registration {
  const found = run.registrations.find(
    (one) => one.name === name && (type === undefined || one.type === type),
  );
  if (found === undefined) {
    throw new Error(`${name} was not registered`);
  }
  return found;
}

/** The names of a resource's direct dependencies, without its parent. */
function waitsFor(run: ProgramRun, name: string): string[] {
  return named(run, name, "command:remote:Command")
    .dependencies.map((urn) => urn.split("::").at(-1) ?? "")
    .sort();
}

/** Every resource that depends on this one, directly or indirectly. */
function dependentsOf(run: ProgramRun, name: string): string[] {
  const reached = new Set([named(run, name).urn]);
  for (let before = 0; before !== reached.size; ) {
    before = reached.size;
    for (const one of run.registrations) {
      if (one.dependencies.some((urn) => reached.has(urn))) {
        reached.add(one.urn);
      }
    }
  }
  return [...reached].map((urn) => urn.split("::").at(-1) ?? "").filter((other) => other !== name);
}

describe("what is registered", () => {
  test("the exact set of resources", () => {
    const list = update.registrations
      .filter(({ custom }) => custom)
      .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`)
      .sort();
    expect(list).toMatchInlineSnapshot(`
      [
        "CertRequest control-1-etcd",
        "CertRequest control-1-kube-apiserver",
        "CertRequest control-1-kube-controller-manager",
        "CertRequest control-1-kube-proxy",
        "CertRequest control-1-kube-scheduler",
        "CertRequest control-1-kubelet",
        "CertRequest kubernetes-admin",
        "CertRequest worker-1-kube-proxy",
        "CertRequest worker-1-kubelet",
        "CertRequest worker-2-kube-proxy",
        "CertRequest worker-2-kubelet",
        "ClusterRole coredns",
        "ClusterRoleBinding coredns",
        "ClusterRoleBinding kubelet-access",
        "Command control-1-containerd",
        "Command control-1-etcd",
        "Command control-1-etcd-member",
        "Command control-1-kube-apiserver",
        "Command control-1-kube-controller-manager",
        "Command control-1-kube-proxy",
        "Command control-1-kube-scheduler",
        "Command control-1-kubelet",
        "Command control-1-node",
        "Command control-1-os",
        "Command worker-1-containerd",
        "Command worker-1-kube-proxy",
        "Command worker-1-kubelet",
        "Command worker-1-node",
        "Command worker-1-os",
        "Command worker-2-containerd",
        "Command worker-2-kube-proxy",
        "Command worker-2-kubelet",
        "Command worker-2-node",
        "Command worker-2-os",
        "ConfigMap coredns",
        "DaemonSet smoke",
        "Deployment coredns",
        "Domain control-1-domain",
        "Domain worker-1-domain",
        "Domain worker-2-domain",
        "LocallySignedCert control-1-etcd",
        "LocallySignedCert control-1-kube-apiserver",
        "LocallySignedCert control-1-kube-apiserver-etcd-client",
        "LocallySignedCert control-1-kube-apiserver-front-proxy-client",
        "LocallySignedCert control-1-kube-controller-manager",
        "LocallySignedCert control-1-kube-proxy",
        "LocallySignedCert control-1-kube-scheduler",
        "LocallySignedCert control-1-kubelet",
        "LocallySignedCert kubernetes-admin",
        "LocallySignedCert worker-1-kube-proxy",
        "LocallySignedCert worker-1-kubelet",
        "LocallySignedCert worker-2-kube-proxy",
        "LocallySignedCert worker-2-kubelet",
        "Namespace smoke",
        "Network network",
        "Pool pool",
        "PrivateKey control-1-etcd",
        "PrivateKey control-1-kube-apiserver",
        "PrivateKey control-1-kube-controller-manager",
        "PrivateKey control-1-kube-proxy",
        "PrivateKey control-1-kube-scheduler",
        "PrivateKey control-1-kubelet",
        "PrivateKey control-1-ssh-host",
        "PrivateKey encryption-at-rest",
        "PrivateKey etcd-ca",
        "PrivateKey front-proxy-ca",
        "PrivateKey kubernetes-admin",
        "PrivateKey kubernetes-ca",
        "PrivateKey service-accounts",
        "PrivateKey ssh-user",
        "PrivateKey worker-1-kube-proxy",
        "PrivateKey worker-1-kubelet",
        "PrivateKey worker-1-ssh-host",
        "PrivateKey worker-2-kube-proxy",
        "PrivateKey worker-2-kubelet",
        "PrivateKey worker-2-ssh-host",
        "SelfSignedCert etcd-ca",
        "SelfSignedCert front-proxy-ca",
        "SelfSignedCert kubernetes-ca",
        "Service kube-dns",
        "Service smoke",
        "ServiceAccount coredns",
        "Volume control-1-disk",
        "Volume control-1-seed",
        "Volume image-0123456789ab",
        "Volume worker-1-disk",
        "Volume worker-1-seed",
        "Volume worker-2-disk",
        "Volume worker-2-seed",
        "kubernetes kubernetes",
        "libvirt libvirt",
      ]
    `);
  });

  test("the same in preview as in update", () => {
    const urns = (run: ProgramRun) => run.registrations.map(({ urn }) => urn).sort();
    expect(urns(preview)).toEqual(urns(update));
  });

  test("a step is called on its machine as its resource is in the graph", () => {
    const commands = update.registrations.filter(({ type }) => type === "command:remote:Command");
    const names = commands.map(({ name, inputs }) => {
      const [, step = ""] = /^exec .*bash .* (\S+)$/m.exec(String(inputs.create)) ?? [];
      return { name, step };
    });
    expect(names).toContainEqual({ name: "worker-1-node", step: "worker-1-node" });
    // A step about its own machine omits the machine's name.
    const own = ({ name }: { name: string }) => name.replace(/^(control|worker)-\d-/, "");
    const others = names.filter((one) => one.step !== one.name && one.step !== own(one));
    expect(others).toEqual([]);
  });

  test("15 resources for a worker, 34 for a control plane", () => {
    const count = (node: string) =>
      update.registrations.filter(({ name }) => name.startsWith(`${node}-`)).length;
    expect({ worker: count("worker-1"), controlPlane: count("control-1") }).toEqual({
      worker: 15,
      controlPlane: 34,
    });
  });

  test("every key that can't be made again is protected, and nothing else", {
    meta: { rows: ["S2-24"] },
  }, () => {
    const kept = update.registrations.filter(({ protect }) => protect);
    expect(new Set(kept.map(({ type }) => type))).toEqual(
      new Set(["tls:index/privateKey:PrivateKey"]),
    );
    expect(kept.map(({ name }) => name).sort()).toEqual([
      "encryption-at-rest",
      "etcd-ca",
      "front-proxy-ca",
      "kubernetes-ca",
      "service-accounts",
    ]);
  });

  test("every certificate is renewed before its end, the authorities' too", () => {
    const certificates = update.registrations.filter(({ type }) => /^tls:.*Cert$/.test(type));
    expect(certificates.length).toBeGreaterThan(15);
    for (const { name, inputs } of certificates) {
      expect({ name, hours: inputs.earlyRenewalHours }).toEqual({ name, hours: 720 });
    }
  });
});

describe("what waits for what", () => {
  test.for([
    ["control-1-etcd", "control-1-os"],
    ["control-1-etcd-member", "control-1-etcd"],
    ["control-1-kube-apiserver", "control-1-etcd-member"],
    ["control-1-kube-scheduler", "control-1-kube-apiserver"],
    ["control-1-kube-controller-manager", "control-1-kube-apiserver"],
    ["worker-1-containerd", "worker-1-os"],
    ["worker-1-kubelet", "worker-1-containerd"],
    ["worker-1-kube-proxy", "control-1-kube-apiserver"],
    ["worker-1-node", "control-1-kube-apiserver"],
    ["worker-1-node", "worker-1-kubelet"],
  ] as const)("%s waits for %s", { meta: { rows: ["S0-12"] } }, ([later, earlier]) => {
    expect(waitsFor(update, later)).toContain(earlier);
  });

  test("kubelets and runtimes start beside the control plane, not after it", {
    meta: { rows: ["S0-12", "S2-10"] },
  }, () => {
    const later = dependentsOf(update, "control-1-etcd");
    expect(later).not.toContain("worker-1-containerd");
    expect(waitsFor(update, "worker-1-kubelet")).not.toContain("control-1-kube-apiserver");
  });

  test("kubelets that speak to load balancers start after them and the API servers", async () => {
    const run = await runProgram({ cluster: haCluster, mode: "preview" });
    for (const kubelet of ["worker-1-kubelet", "control-1-kubelet"]) {
      expect(waitsFor(run, kubelet)).toContain("control-3-kube-apiserver");
      expect(waitsFor(run, kubelet)).toContain("lb-2-keepalived");
    }
  }, 120_000);

  test("emulated API servers start one after the other", async () => {
    const run = await runProgram({ cluster: haCluster, mode: "preview" });
    expect(waitsFor(run, "control-3-kube-apiserver")).toContain("control-2-kube-apiserver");
  }, 120_000);

  test("what is waited for until its pods are ready comes when every worker's kubelet runs", () => {
    const later = dependentsOf(update, "worker-2-kubelet");
    expect(later.sort()).toEqual([
      "coredns",
      "kube-dns",
      // Its namespace, its Service and its DaemonSet.
      ...["smoke", "smoke", "smoke"],
      "worker-2-node",
    ]);
    expect(dependentsOf(update, "control-1-kubelet")).toEqual(["control-1-node"]);
  });

  test("no worker waits for another worker", () => {
    expect(
      dependentsOf(update, "worker-1-domain").filter((name) => name.startsWith("worker-2")),
    ).toEqual([]);
  });

  test("steps go with their machine, by its operating-system step, and a node's drain only with the whole cluster", () => {
    for (const step of ["etcd", "kube-apiserver", "kubelet", "kube-proxy", "containerd"]) {
      const { deletedWith } = named(update, `control-1-${step}`, "command:remote:Command");
      expect(deletedWith).toMatch(/command:remote:Command::control-1-os$/);
    }
    // Its deletion would remove files that the machine needs when it boots from its disk again.
    expect(named(update, "control-1-os")).toMatchObject({ retainOnDelete: true });
    expect(named(update, "control-1-os").deletedWith).toMatch(/Domain::control-1-domain$/);
    expect(named(update, "worker-1-node").deletedWith).toMatch(/PrivateKey::kubernetes-ca$/);
    // The only control plane cannot remove itself after its machine no longer exists.
    expect(named(update, "control-1-node").deletedWith).toMatch(/::control-1-os$/);
  });
});

describe("secrets", () => {
  test("keys are in no plain input and no plain output", {
    meta: { rows: ["S2-09", "S2-14", "S2-16"] },
  }, () => {
    const keys = update.registrations
      .filter(({ type }) => type === "tls:index/privateKey:PrivateKey")
      .map(({ name }) => name);
    expect(keys.length).toBeGreaterThan(15);
    const plain = JSON.stringify(update.registrations.map(({ inputs }) => withoutSecrets(inputs)));
    expect(plain).not.toContain("PRIVATE KEY");
    expect(plain).not.toContain("private OpenSSH key");
    const shown = Object.values(update.outputs).filter(({ isSecret }) => !isSecret);
    expect(JSON.stringify(shown)).not.toMatch(/PRIVATE KEY|private OpenSSH key/);
  });

  test("standard input and the login key of every step are secrets", () => {
    const commands = update.registrations.filter(({ type }) => type === "command:remote:Command");
    expect(commands.length).toBe(20);
    for (const { name, inputs } of commands) {
      const secret = { [secretSignature]: "1b47061264138c4ac30d75fd1eb44270" };
      const connection = inputs.connection as { privateKey: unknown; [secretSignature]?: string };
      if (connection[secretSignature] === undefined) {
        expect({ name, key: connection.privateKey }).toMatchObject({ name, key: secret });
      }
      if ("stdin" in inputs) {
        expect({ name, stdin: inputs.stdin }).toMatchObject({ name, stdin: secret });
      }
    }
  });

  test("what a step prints is kept as a secret; its script is not, so that a preview can be read", () => {
    const commands = update.registrations.filter(({ type }) => type === "command:remote:Command");
    for (const { name, additionalSecretOutputs, inputs } of commands) {
      expect({ name, additionalSecretOutputs }).toEqual({
        name,
        additionalSecretOutputs: ["connection", "stderr", "stdout"],
      });
      expect({ name, script: typeof inputs.create }).toEqual({ name, script: "string" });
    }
  });

  test("the kubeconfigs and the SSH key are secret outputs; the others are not secret", () => {
    const secrets = Object.entries(update.outputs).filter(([, { isSecret }]) => isSecret);
    expect(secrets.map(([name]) => name).sort()).toEqual(["kubeconfig", "kubeconfigs", "sshKey"]);
  });

  test("every connection pins a host key", () => {
    const commands = update.registrations.filter(({ type }) => type === "command:remote:Command");
    for (const { name, inputs } of commands) {
      const text = JSON.stringify(inputs.connection);
      expect({ name, pinned: text.includes("ssh-ed25519 AAAA") }).toEqual({ name, pinned: true });
    }
  });
});

/** A copy without the values of secrets. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutSecrets);
  }
  if (typeof value === "object" && value !== null) {
    return secretSignature in value
      ? "[secret]"
      : Object.fromEntries(
          Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]),
        );
  }
  return value;
}
