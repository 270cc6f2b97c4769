import { beforeAll, describe, expect, test } from "vitest";
import { companyAuthority } from "../../harness/program/certificates.ts";
import {
  devCluster,
  haCluster,
  runtimesCluster,
  separateCluster,
} from "../../harness/program/labs.ts";
import { type NodeStep, nodeSteps } from "../../harness/program/nodeSteps.ts";
import { runProgram } from "../../harness/program/runProgram.ts";
import { ownPaths, pathFault } from "../../model/managed/paths.ts";

/**
 * Paths that no step writes, and why they exist. A step checks them, or every image with systemd
 * has them; paths that a program creates are listed with the program.
 */
const given: Readonly<Record<string, string>> = {
  "/bin/bash": "POSIX systems with bash have it there",
  "/bin/kill": "procps' or util-linux', in every image",
  "/bin/sh": "every image's",
  "/dev/disk/by-id/virtio-etcd":
    "udev's, of the disk's serial number; etcd's step looks whether it is there",
  "/dev/null": "the kernel's",
  "/proc/mounts": "the kernel's",
  "/nonexistent": "useradd only writes it down",
  "/etc/resolv.conf": "every machine's; the operating-system step falls back to it",
  "/run": "systemd's",
  "/run/systemd/resolve/resolv.conf": "the operating-system step looks whether it is there",
  "/usr/sbin/nologin": "useradd only writes it down",
  "/var/lib/cloud/instance/boot-finished":
    "cloud-init makes it; the operating-system step waits for it",
  "/var/log/cloud-init.log": "a hint for a person",
  "/etc/crio/crio.conf.d": "the directory of user-defined settings, which CRI-O reads",
  "/etc/containerd/conf.d": "the directory of user-defined settings, which containerd reads",
  "/etc/cni/net.d": "the directory of the pod network's file",
  "/etc/containerd/certs.d": "the directory of hosts.toml",
  "/etc/containerd/registries.d": "the directory of registries' own hosts.toml",
  "/etc/hardway/authorities": "the directory of authorities",
  "/etc/pki/ca-trust/source/anchors":
    "Fedora's, where its package ca-certificates is; the step looks",
  "/opt/cni/bin": "the directory of the plugins' links",
  "/run/containerd/containerd.sock": "containerd makes it",
  "/run/crio": "CRI-O makes it",
  "/run/crio/crio.sock": "CRI-O makes it",
  "/run/crio/storage": "CRI-O makes it",
  "/sys/fs/cgroup": "the kernel's; the step looks at its version",
  "/usr/local/sbin": "the first directory of PATH",
  "/usr/local/share/ca-certificates":
    "Debian's, where its package ca-certificates is; the step looks",
  "/sbin/agetty": "systemd's own unit runs it too",
  "/usr/sbin/haproxy": "the image's; the step looks whether it is there",
  "/usr/sbin/keepalived": "the image's; the step looks whether it is there",
  "/var/lib/containerd": "containerd makes it",
  "/var/lib/containers": "podman's, which is left alone",
  "/var/lib/crio/storage": "CRI-O makes it",
  "/var/lib/hardway/authorities": "the trust step writes there what it has done last",
  "/var/lib/hardway/people/alice": "the directory of a user's request and certificate",
  "/var/lib/etcd/lost+found": "mkfs makes it; the step removes it",
  "/var/lib/etcd/member/wal": "etcd makes it; the step looks whether it is there",
  "/var/log/kubernetes/audit.log": "kube-apiserver makes it, in a directory that its step makes",
};

/** In `delete`: files that the components created at run time. */
const madeByPrograms =
  /^\/(var\/lib\/(cni|kubelet|containerd|crio)|run\/|var\/log\/(pods|containers|crio)|etc\/systemd\/logind)/;

/** The same lab on existing machines, with flannel. */
const flannelCluster = {
  network: { plugin: "flannel", nodes: "10.18.0.0/24" },
  nodes: { "control-1": { ...devCluster.nodes["control-1"], address: "10.18.0.11" } },
  pools: { worker: { ...devCluster.pools.worker, firstAddress: "10.18.0.21" } },
};

/** The same lab with a disk for etcd. */
const diskCluster = { ...devCluster, machines: { etcdDiskGiB: 4 } };

/** The same lab with a user besides the administrator. */
const peopleCluster = { ...devCluster, people: { alice: { namespace: "team-a", role: "edit" } } };

/** The same lab in a corporate network. */
const outsideCluster = {
  ...devCluster,
  outside: {
    proxy: "http://proxy.example.org:3128",
    authorities: [companyAuthority],
    registries: { "docker.io": ["https://registry.example.org"] },
  },
};

const labs = {
  dev: devCluster,
  people: peopleCluster,
  outside: outsideCluster,
  flannel: flannelCluster,
  runtimes: runtimesCluster,
  disk: diskCluster,
  ha: haCluster,
  separate: separateCluster,
};
type LabName = keyof typeof labs;

let stepsOfLabs: Record<LabName, NodeStep[]>;

beforeAll(async () => {
  const entries = Object.entries(labs).map(async ([name, cluster]) => [
    name,
    nodeSteps(await runProgram({ cluster })),
  ]);
  stepsOfLabs = Object.fromEntries(await Promise.all(entries)) as Record<LabName, NodeStep[]>;
});

/** The files, links and directories of a step and of the steps before it on its machine. */
function placedBy(all: readonly NodeStep[]): Set<string> {
  return new Set([
    "/opt/hardway/step.sh",
    ...all.flatMap(({ files, links, directories }) => [
      ...files.map(({ path }) => path),
      ...links.keys(),
      ...directories,
    ]),
  ]);
}

/** Absolute paths in a text, without those of URLs, prefix lengths of networks and parts of PEM. */
function pathsIn(text: string): string[] {
  const local = text
    .replaceAll("unix://", "")
    .replace(/-----BEGIN [\s\S]*?-----END /g, "")
    .replace(/\b[a-z]+:\/\/[^\s"',]+/g, "")
    // Paths of the API, not of files.
    .replace(/ *nonResourceURLs:\n(?: +- .*\n)+/g, "")
    .replace(/\b(?:monitor-uri|uri|path) \/\S*/g, "");
  return [...local.matchAll(/(?<![\w:/.}*$])\/[\w.@+-]+(?:\/[\w.@+*-]+)*/g)].map(([path]) =>
    path.replace(/\/\*.*$/, "").replace(/[.]$/, ""),
  );
}

const unknown = (paths: readonly string[], placed: ReadonlySet<string>) => [
  ...new Set(paths.filter((path) => !placed.has(path) && !(path in given))),
];

test("every allowed path is used", () => {
  const named = new Set(
    Object.values(stepsOfLabs)
      .flat()
      .flatMap(({ script, files, delete: undo }) =>
        [script, undo, ...files.map(({ text }) => text)].flatMap(pathsIn),
      ),
  );
  expect(Object.keys(given).filter((path) => !named.has(path))).toEqual([]);
});

test("no user-defined file is at a path that a step writes", () => {
  const written = [...placedBy(Object.values(stepsOfLabs).flat())];
  expect(written.length).toBeGreaterThan(80);
  expect(written.filter((path) => pathFault(path) === undefined)).toEqual([]);
  const named = Object.values(stepsOfLabs)
    .flat()
    .flatMap(({ script, delete: undo }) => pathsIn(`${script}\n${undo}`));
  expect(
    ownPaths.filter((form) => ![...written, ...named].some((path) => form.test(path))),
  ).toEqual([]);
});

describe.each([
  { lab: "dev", count: 20 },
  { lab: "people", count: 21 },
  { lab: "outside", count: 23 },
  { lab: "flannel", count: 23 },
  { lab: "runtimes", count: 20 },
  { lab: "disk", count: 20 },
  { lab: "ha", count: 41 },
  { lab: "separate", count: 31 },
] as const)("every path that a node's files and scripts name is there: $lab", ({ lab, count }) => {
  let steps: NodeStep[];
  beforeAll(() => {
    steps = stepsOfLabs[lab];
  });

  test("the program has steps on every node", () => {
    expect(steps.length).toBe(count);
  });

  test("what a file names is placed by its step or an earlier one on the same machine, or in the image", () => {
    for (const step of steps) {
      const placed = placedBy([step, ...step.earlier]);
      for (const { path, text } of step.files) {
        expect({ step: step.resource, path, unknown: unknown(pathsIn(text), placed) }).toEqual({
          step: step.resource,
          path,
          unknown: [],
        });
      }
    }
  });

  test("and so is what a script names", () => {
    for (const { resource, script, earlier, ...step } of steps) {
      const placed = placedBy([{ resource, script, earlier, ...step }, ...earlier]);
      const named = pathsIn(script.replace(/\$home\S*/g, ""));
      expect({ resource, unknown: unknown(named, placed) }).toEqual({ resource, unknown: [] });
    }
  });

  test("what a unit is restarted for is all that its command line and config files name, and no more than it receives", () => {
    for (const step of steps) {
      for (const { unit, reads } of step.converges) {
        const file = step.files.find(({ path }) => path.endsWith(`/${unit}`));
        const placed = placedBy([step]);
        const own = step.files.filter(({ path }) => reads.includes(path) || path === file?.path);
        const named = own.flatMap(({ text }) => pathsIn(text)).filter((path) => placed.has(path));
        const directories = new Set(step.directories);
        expect({
          unit,
          // etcd never reads its bootstrap flags again after it has data.
          missing: named.filter(
            (path) =>
              !reads.includes(path) && !directories.has(path) && path !== "/etc/etcd/bootstrap.env",
          ),
        }).toEqual({ unit, missing: [] });
        expect({ unit, foreign: reads.filter((path) => !placed.has(path)) }).toEqual({
          unit,
          foreign: [],
        });
      }
    }
  });

  test("every secret file is one that some file or script of its step names", () => {
    for (const step of steps) {
      const named = [step.script, ...step.files.map(({ text }) => text)].flatMap(pathsIn);
      const idle = step.files.filter(({ path, isSecret }) => isSecret && !named.includes(path));
      // The administrator's kubeconfig is for the user on the machine and for steps that register
      // nodes.
      expect({ step: step.resource, idle: idle.map(({ path }) => path) }).toEqual({
        step: step.resource,
        idle: step.name === "kube-apiserver" ? ["/etc/kubernetes/admin.conf"] : [],
      });
    }
  });
});

describe.each(["dev", "people", "outside", "flannel", "runtimes", "ha", "separate"] as const)(
  "files: %s",
  (lab) => {
    let steps: NodeStep[];
    beforeAll(() => {
      steps = stepsOfLabs[lab];
    });

    test("a path has one text, mode and owner on a node, whichever step places it", () => {
      for (const machine of new Set(steps.map((step) => step.machine))) {
        const files = steps
          .filter((step) => step.machine === machine)
          .flatMap((step) => step.files);
        for (const { path, text, mode, owner } of files) {
          const others = files.filter((other) => other.path === path);
          expect(
            others.map((one) => ({ path, text: one.text, mode: one.mode, owner: one.owner })),
          ).toEqual(others.map(() => ({ path, text, mode, owner })));
        }
      }
    });

    test("secret files are readable only by their owner", () => {
      const secrets = steps
        .flatMap(({ files }) => files)
        .filter(({ text }) => /PRIVATE KEY|client-key-data|secret:/.test(text));
      expect(secrets.length).toBeGreaterThan(10);
      expect(secrets.filter(({ mode, isSecret }) => mode !== "600" || !isSecret)).toEqual([]);
    });

    test("authorities' keys: the cluster's on control planes only, the others on no node", {
      meta: { rows: ["S2-09", "S2-14", "S2-16", "S4-04", "S4-24"] },
    }, () => {
      const holders = (key: string) =>
        steps
          .filter(({ files }) => files.some(({ path }) => path === key))
          .map(({ resource }) => resource);
      expect(holders("/etc/kubernetes/pki/ca.key")).toEqual(
        steps
          .map(({ resource }) => resource)
          .filter((resource) => resource.endsWith("-kube-controller-manager")),
      );
      const keys = steps
        .flatMap(({ files }) => files)
        .filter(({ text }) => text.includes("PRIVATE KEY"))
        .map(({ path }) => path);
      // In one file with the load balancer's certificate.
      const balancers = ["ha", "separate"].includes(lab) ? ["/etc/haproxy/haproxy.pem"] : [];
      expect([...new Set(keys)].sort()).toEqual([
        "/etc/etcd/etcd.key",
        ...balancers,
        "/etc/kubernetes/pki/apiserver.key",
        "/etc/kubernetes/pki/ca.key",
        "/etc/kubernetes/pki/controller-manager.key",
        ...(lab === "flannel" ? ["/etc/kubernetes/pki/flannel.key"] : []),
        "/etc/kubernetes/pki/kube-proxy.key",
        "/etc/kubernetes/pki/kubelet.key",
        "/etc/kubernetes/pki/sa.key",
        "/etc/kubernetes/pki/scheduler.key",
      ]);
    });

    test("deleting all steps of a node removes everything that it received", () => {
      for (const machine of new Set(steps.map((step) => step.machine))) {
        const own = steps.filter((step) => step.machine === machine);
        const removed = own.flatMap(({ delete: undo }) => [
          ...pathsIn(undo),
          ...[...undo.matchAll(/^remove_unit (\S+)$/gm)].map(
            ([, unit]) => `/etc/systemd/system/${unit ?? ""}`,
          ),
        ]);
        const covered = (path: string) =>
          removed.some((other) => path === other || path.startsWith(`${other}/`));
        expect([...placedBy(own)].filter((path) => !covered(path))).toEqual([]);
      }
    });

    test("deletions remove only what some step of the node created", () => {
      for (const machine of new Set(steps.map((step) => step.machine))) {
        const own = steps.filter((step) => step.machine === machine);
        const placed = placedBy(own);
        const parents = [...placed].flatMap((path) =>
          [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index)),
        );
        const homes = own
          .flatMap(({ links }) => [...links.values()])
          .map((path) => path.split("/").slice(0, 5).join("/"));
        const known = new Set([...placed, ...parents, ...homes, "/var/lib/hardway"]);
        const removed = own.flatMap(({ delete: undo }) => pathsIn(undo));
        expect(unknown(removed, known).filter((path) => !madeByPrograms.test(path))).toEqual([]);
      }
    });
  },
);
