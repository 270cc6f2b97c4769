import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { devCluster } from "../../harness/program/labs.ts";
import { nodeSteps, type PlacedFile } from "../../harness/program/nodeSteps.ts";
import { runProgram } from "../../harness/program/runProgram.ts";
import record from "../data/cisScored.json" with { type: "json" };
import { tableRows } from "../unit/docs/markdown.ts";

/**
 * The 65 checks that kube-bench scores of the CIS Kubernetes benchmark 1.12 (its profile
 * `cis-1.12`), applied to the files and units that the program places on nodes. docs/security.md
 * has the same table for readers; the end-to-end tests check the running nodes.
 */

/** The program's files and units on one machine. */
class Placed {
  readonly files: ReadonlyMap<string, PlacedFile>;
  readonly #scripts: string;

  constructor(files: readonly PlacedFile[], scripts: string) {
    this.files = new Map(files.map((file) => [file.path, file]));
    this.#scripts = scripts;
  }

  /** True if placed with this mode, as root. */
  isPrivate(path: string): boolean {
    const file = this.files.get(path);
    return file?.mode === "600" && file.owner === "root:root";
  }

  /**
   * A flag's value on a program's command line; undefined if the flag is not set.
   *
   * @throws if the machine has no unit for the program, so that "not set" cannot hide a missing
   * unit
   */
  flag(program: string, name: string): string | undefined {
    const unit = this.text(`${units}/${program}.service`);
    return new RegExp(`^ {2}--${name}=(\\S+?)(?: \\\\)?$`, "m").exec(unit)?.[1];
  }

  /** @throws if the file does not exist */
  text(path: string): string {
    const file = this.files.get(path);
    if (file === undefined) throw new Error(`the program puts no ${path} on this machine`);
    return file.text;
  }

  says(line: string): boolean {
    return this.#scripts.split("\n").includes(line);
  }

  config(path: string): Config {
    return parse(this.text(path)) as Config;
  }
}

interface Config {
  readonly authentication?: { anonymous: { enabled: boolean }; x509: { clientCAFile: string } };
  readonly authorization?: { mode: string };
  readonly featureGates?: Readonly<Record<string, boolean>>;
  readonly makeIPTablesUtilChains?: boolean;
  readonly rotateCertificates?: boolean;
  readonly metricsBindAddress?: string;
}

const scored = record.ids;

const pki = "/etc/kubernetes/pki";
const units = "/etc/systemd/system";

const isUnitPrivate = (program: string) => (on: Placed) =>
  on.isPrivate(`${units}/${program}.service`);
const isPrivate = (path: string) => (on: Placed) => on.isPrivate(path);
const isSet =
  (program: string, ...flags: string[]) =>
  (on: Placed) =>
    flags.every((flag) => on.flag(program, flag)?.startsWith("/") === true);
const isUnset = (program: string, flag: string) => (on: Placed) =>
  on.flag(program, flag) === undefined;
const is = (program: string, flag: string, value: string) => (on: Placed) =>
  on.flag(program, flag) === value;
const has = (program: string, flag: string, value: string) => (on: Placed) =>
  on.flag(program, flag)?.split(",").includes(value) === true;
const hasNot = (program: string, flag: string, value: string) => (on: Placed) =>
  on.flag(program, flag)?.split(",").includes(value) !== true;

const apiServer = "kube-apiserver";
const manager = "kube-controller-manager";
const scheduler = "kube-scheduler";

/** The scored checks of a control plane. */
const controlPlane: Readonly<Record<string, (on: Placed) => boolean>> = {
  // The benchmark expects pod manifests; this cluster has units instead.
  "1.1.1": isUnitPrivate(apiServer),
  "1.1.2": isUnitPrivate(apiServer),
  "1.1.3": isUnitPrivate(manager),
  "1.1.4": isUnitPrivate(manager),
  "1.1.5": isUnitPrivate(scheduler),
  "1.1.6": isUnitPrivate(scheduler),
  "1.1.7": isUnitPrivate("etcd"),
  "1.1.8": isUnitPrivate("etcd"),
  "1.1.11": (on) =>
    on.says("install --directory --mode 700 --owner etcd --group etcd /var/lib/etcd"),
  "1.1.12": (on) =>
    on.says("install --directory --mode 700 --owner etcd --group etcd /var/lib/etcd"),
  "1.1.13": isPrivate("/etc/kubernetes/admin.conf"),
  "1.1.14": isPrivate("/etc/kubernetes/admin.conf"),
  "1.1.15": isPrivate("/etc/kubernetes/scheduler.conf"),
  "1.1.16": isPrivate("/etc/kubernetes/scheduler.conf"),
  "1.1.17": isPrivate("/etc/kubernetes/controller-manager.conf"),
  "1.1.18": isPrivate("/etc/kubernetes/controller-manager.conf"),
  "1.1.19": (on) => {
    const owners = [...on.files.values()].flatMap(({ path, owner }) =>
      path.startsWith(pki) ? [owner] : [],
    );
    return owners.length > 0 && owners.every((owner) => owner === "root:root");
  },
  "1.2.2": isUnset(apiServer, "token-auth-file"),
  "1.2.4": isSet(apiServer, "kubelet-client-certificate", "kubelet-client-key"),
  "1.2.5": isSet(apiServer, "kubelet-certificate-authority"),
  "1.2.6": hasNot(apiServer, "authorization-mode", "AlwaysAllow"),
  "1.2.7": has(apiServer, "authorization-mode", "Node"),
  "1.2.8": has(apiServer, "authorization-mode", "RBAC"),
  "1.2.10": hasNot(apiServer, "enable-admission-plugins", "AlwaysAdmit"),
  "1.2.12": hasNot(apiServer, "disable-admission-plugins", "ServiceAccount"),
  "1.2.13": hasNot(apiServer, "disable-admission-plugins", "NamespaceLifecycle"),
  "1.2.14": has(apiServer, "enable-admission-plugins", "NodeRestriction"),
  "1.2.15": is(apiServer, "profiling", "false"),
  "1.2.16": isSet(apiServer, "audit-log-path"),
  "1.2.17": (on) => Number(on.flag(apiServer, "audit-log-maxage")) >= 30,
  "1.2.18": (on) => Number(on.flag(apiServer, "audit-log-maxbackup")) >= 10,
  "1.2.19": (on) => Number(on.flag(apiServer, "audit-log-maxsize")) >= 100,
  "1.2.21": isUnset(apiServer, "service-account-lookup"),
  "1.2.22": isSet(apiServer, "service-account-key-file"),
  "1.2.23": isSet(apiServer, "etcd-certfile", "etcd-keyfile"),
  "1.2.24": isSet(apiServer, "tls-cert-file", "tls-private-key-file"),
  "1.2.25": isSet(apiServer, "client-ca-file"),
  "1.2.26": isSet(apiServer, "etcd-cafile"),
  "1.2.30": is(apiServer, "service-account-extend-token-expiration", "false"),
  "1.3.2": is(manager, "profiling", "false"),
  "1.3.3": is(manager, "use-service-account-credentials", "true"),
  "1.3.4": isSet(manager, "service-account-private-key-file"),
  "1.3.5": isSet(manager, "root-ca-file"),
  "1.3.6": isUnset(manager, "feature-gates"),
  "1.3.7": is(manager, "bind-address", "127.0.0.1"),
  "1.4.1": is(scheduler, "profiling", "false"),
  "1.4.2": is(scheduler, "bind-address", "127.0.0.1"),
  "2.1": isSet("etcd", "cert-file", "key-file"),
  "2.2": is("etcd", "client-cert-auth", "true"),
  "2.3": isUnset("etcd", "auto-tls"),
  "2.4": isSet("etcd", "peer-cert-file", "peer-key-file"),
  "2.5": is("etcd", "peer-client-cert-auth", "true"),
  "2.6": isUnset("etcd", "peer-auto-tls"),
};

const kubeletConfig = "/var/lib/kubelet/config.yaml";

/** The scored checks of every node. */
const everyNode: Readonly<Record<string, (on: Placed) => boolean>> = {
  "4.1.1": isUnitPrivate("kubelet"),
  "4.1.2": isUnitPrivate("kubelet"),
  "4.1.5": isPrivate("/etc/kubernetes/kubelet.conf"),
  "4.1.6": isPrivate("/etc/kubernetes/kubelet.conf"),
  "4.1.9": isPrivate(kubeletConfig),
  "4.1.10": isPrivate(kubeletConfig),
  "4.2.1": (on) => on.config(kubeletConfig).authentication?.anonymous.enabled === false,
  "4.2.2": (on) => on.config(kubeletConfig).authorization?.mode === "Webhook",
  "4.2.3": (on) => on.config(kubeletConfig).authentication?.x509.clientCAFile === `${pki}/ca.crt`,
  "4.2.6": (on) => on.config(kubeletConfig).makeIPTablesUtilChains === true,
  "4.2.10": (on) => on.config(kubeletConfig).rotateCertificates !== false,
  "4.3.1": (on) =>
    on.config("/var/lib/kube-proxy/config.yaml").metricsBindAddress?.startsWith("127.0.0.1:") ===
    true,
};

let machines: ReadonlyMap<string, Placed>;

beforeAll(async () => {
  const steps = nodeSteps(await runProgram({ cluster: devCluster }));
  const addresses = { "control-1": "10.17.0.11", "worker-1": "10.17.0.21" };
  machines = new Map(
    Object.entries(addresses).map(([name, address]) => {
      const own = steps.filter(({ machine }) => machine === address);
      const scripts = own.map(({ script }) => script).join("\n");
      return [
        name,
        new Placed(
          own.flatMap(({ files }) => files),
          scripts,
        ),
      ];
    }),
  );
});

function on(machine: string): Placed {
  const placed = machines.get(machine);
  if (placed === undefined) throw new Error(`the lab has no machine ${machine}`);
  return placed;
}

describe("every scored check of the CIS benchmark", () => {
  test("kube-bench's list and the tables here have the same checks", () => {
    expect(Object.keys({ ...controlPlane, ...everyNode })).toEqual(scored);
  });

  test.for(Object.entries(controlPlane))("%s passes on a control plane", ([, check]) => {
    expect(check(on("control-1"))).toBe(true);
  });

  test.for(Object.entries(everyNode))("%s passes on every node", ([, check]) => {
    expect([check(on("control-1")), check(on("worker-1"))]).toEqual([true, true]);
  });

  test("docs/security.md has a row for each, and for no other check", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/security.md"), "utf8");
    // Tables of scored checks have three columns; those of manual checks have two.
    const rows = tableRows(page).flatMap(({ header, cells: [ids = ""] }) =>
      header[0] === "check" && header.length === 3 ? ids.split(", ") : [],
    );
    expect(rows.sort()).toEqual([...scored].sort());
  });
});

test("beyond what is scored: nothing listens in the clear for others, and nothing is anonymous", () => {
  const control = on("control-1");
  expect(control.flag(apiServer, "anonymous-auth")).toBe("false");
  expect(control.flag("etcd", "listen-metrics-urls")).toBe("http://127.0.0.1:2381");
  expect(control.config("/var/lib/kubelet/config.yaml")).toMatchObject({
    readOnlyPort: 0,
    seccompDefault: true,
    tlsCertFile: `${pki}/kubelet.crt`,
  });
  expect(control.config("/var/lib/kube-proxy/config.yaml")).toMatchObject({
    healthzBindAddress: "127.0.0.1:10256",
  });
  const policy = control.config("/etc/kubernetes/audit-policy.yaml") as { rules?: unknown[] };
  expect(policy.rules?.[0]).toEqual({
    level: "Metadata",
    resources: [{ group: "", resources: ["secrets"] }],
  });
});
