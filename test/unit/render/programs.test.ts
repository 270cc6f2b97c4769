import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { findOnPath } from "../../../base/findCommand.ts";
import { cachePaths } from "../../../base/paths.ts";
import { devCluster, labOf, planOf, runtimesCluster } from "../../../harness/program/labs.ts";
import { filesOf } from "../../../harness/program/stepsOf.ts";
import { versions } from "../../../model/versions.ts";
import { temporaryDirectory } from "../tools/temporary.ts";

/** Checks files with the programs that read them, if the program is in the cache. */

const labs = {
  nftables: planOf(labOf()),
  iptables: planOf(labOf({ ...devCluster, network: { proxy: "iptables" } })),
};

function fileOf(path: string, lab: keyof typeof labs = "nftables"): string {
  const node = labs[lab].nodes[0];
  const found = node === undefined ? [] : filesOf(labs[lab], node);
  return found.find((file) => file.path === path)?.text ?? `${path} is not placed`;
}

/** A program built for the mirror, if the pinned version is in the cache. */
function built(part: string, program: string, version: string): string | undefined {
  const parts = join(cachePaths().parts, part);
  const keys = existsSync(parts) ? readdirSync(parts) : [];
  return keys
    .map((key) => join(parts, key, "bin", program))
    .find(
      (path) =>
        existsSync(path) &&
        execFileSync(path, ["--version"], { encoding: "utf8" }).includes(version),
    );
}

const [systemdAnalyze, nft, unshare, bash] = await Promise.all(
  ["systemd-analyze", "nft", "unshare", "bash"].map((name) => findOnPath(name)),
);

function withProgram(
  what: string,
  program: string | undefined,
  missing: string,
  body: (
    run: (
      args: readonly string[],
      input?: string,
    ) => { status: number | null; stderr: string; stdout: string },
  ) => void,
): void {
  const title = program === undefined ? `${what} (left out: ${missing})` : what;
  test.skipIf(program === undefined)(title, () => {
    body((args, input) => {
      const { status, stderr, stdout } = spawnSync(program ?? "", args, {
        encoding: "utf8",
        input,
      });
      return { status, stderr, stdout };
    });
  });
}

const notBuilt = "not in the cache; ./lab setup installs it";

describe("containerd", () => {
  withProgram(
    "takes its config whole, and what it makes of it is what was meant",
    built("containerd", "containerd", versions.containerd),
    notBuilt,
    (containerd) => {
      const config = join(temporaryDirectory(), "config.toml");
      writeFileSync(config, fileOf("/etc/containerd/config.toml"));
      const { status, stderr, stdout } = containerd(["--config", config, "config", "dump"]);
      // The program prints a line for an unknown key, and for a version that it must migrate.
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const lines = stdout.split("\n").map((line) => line.trim());
      expect(lines).toEqual(
        expect.arrayContaining([
          "sandbox = 'registry.k8s.io/pause:3.10.2'",
          "config_path = '/etc/containerd/certs.d'",
          "bin_dirs = ['/opt/cni/bin']",
          "conf_dir = '/etc/cni/net.d'",
          "runtime_type = 'io.containerd.runc.v2'",
          "SystemdCgroup = true",
        ]),
      );
    },
  );
});

describe("CRI-O", () => {
  withProgram(
    "takes its config whole, and what it makes of it is what was meant",
    built("cri-o", "crio", versions.crio.replace(/^v/, "")),
    "not in the cache; ./lab setup installs it for a lab that uses it",
    (crio) => {
      const plan = planOf(labOf(runtimesCluster));
      const files = plan.nodes.flatMap((node) => filesOf(plan, node));
      const meant = files.find(({ path }) => path === "/etc/crio/crio.conf")?.text ?? "";
      const config = join(temporaryDirectory(), "crio.conf");
      writeFileSync(config, meant);
      const { status, stdout } = crio(["--config", config, "--config-dir", "", "config"]);
      expect(status).toBe(0);
      // The program ignores unknown keys; it prints the known ones, with double quotes and across
      // lines.
      const oneLine = (items: string) => items.trim().replace(/,$/, "").replaceAll(",\n\t", ", ");
      const said = stdout
        .replace(/^# /gm, "")
        .replace(/\[\n((?:\t.*,\n)+)\]/g, (_, items: string) => `[${oneLine(items)}]`);
      const settings = meant.split("\n").filter((line) => /^[a-z]/.test(line));
      expect(settings.length).toBe(17);
      const lines = said.split("\n");
      expect(settings.filter((line) => !lines.includes(line.replaceAll("'", '"')))).toEqual([]);
    },
  );
});

describe("kube-proxy", () => {
  for (const lab of ["nftables", "iptables"] as const) {
    withProgram(
      `takes its config for ${lab} strictly`,
      built("kubernetes", "kube-proxy", versions.kubernetes),
      notBuilt,
      (kubeProxy) => {
        const directory = temporaryDirectory();
        const [config, written] = [join(directory, "in.yaml"), join(directory, "out.yaml")];
        writeFileSync(config, fileOf("/var/lib/kube-proxy/config.yaml", lab));
        const { status, stderr } = kubeProxy(["--config", config, "--write-config-to", written]);
        expect({ status, lenient: stderr.includes("strict decoding failed") }).toEqual({
          status: 0,
          lenient: false,
        });
        expect(existsSync(written)).toBe(true);
      },
    );
  }
});

describe("kube-scheduler", () => {
  withProgram(
    "takes its config strictly",
    built("kubernetes", "kube-scheduler", versions.kubernetes),
    notBuilt,
    (scheduler) => {
      const directory = temporaryDirectory();
      const [config, written] = [join(directory, "in.yaml"), join(directory, "out.yaml")];
      const kubeconfig = join(directory, "kubeconfig");
      // The node's file names a key pair, which is read at once.
      writeFileSync(
        kubeconfig,
        fileOf("/etc/kubernetes/scheduler.conf").replace(
          /^ +(certificate-authority|client-\w+): .*\n/gm,
          "",
        ),
      );
      writeFileSync(
        config,
        fileOf("/etc/kubernetes/scheduler.yaml").replace(
          "/etc/kubernetes/scheduler.conf",
          kubeconfig,
        ),
      );
      const { status, stderr } = scheduler([`--config=${config}`, `--write-config-to=${written}`]);
      expect({ status, failed: /command failed.*/.exec(stderr)?.[0] }).toEqual({ status: 0 });
      expect(existsSync(written)).toBe(true);
    },
  );
});

describe("systemd", () => {
  withProgram(
    "knows every setting of every unit",
    systemdAnalyze,
    "no systemd-analyze on this machine",
    (analyze) => {
      const directory = temporaryDirectory();
      const plan = labs.nftables;
      const units = plan.nodes
        .slice(0, 1)
        .flatMap((node) => filesOf(plan, node).filter(({ path }) => path.endsWith(".service")));
      expect(units.length).toBe(8);
      mkdirSync(join(directory, "units"));
      const paths = units.map(({ path, text }) => {
        const file = join(directory, "units", basename(path));
        // The programs are not on this machine.
        writeFileSync(file, text.replace(/^ExecStart=\S+/gm, "ExecStart=/bin/true"));
        return file;
      });
      const { stderr } = analyze(["verify", "--man=no", "--recursive-errors=no", ...paths]);
      expect(stderr.split("\n").filter((line) => line.includes(directory))).toEqual([]);
    },
  );
});

describe("nft", () => {
  // nft needs the kernel even for a check: it runs in an empty network namespace.
  const apart = ["--user", "--map-root-user", "--net"];
  const canUnshare = spawnSync("unshare", [...apart, "true"]).status === 0;
  const hasNft = nft !== undefined;
  withProgram(
    "takes the pod network's rules",
    canUnshare && hasNft ? unshare : undefined,
    hasNft ? "no namespaces for this user" : "no nft on this machine",
    (unshare) => {
      const rules = fileOf("/etc/hardway/pod-network.nft");
      const { status, stderr } = unshare([...apart, "nft", "--check", "--file", "-"], rules);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    },
  );
});

describe("bash", () => {
  withProgram("reads the pod network's script", bash, "no bash", (run) => {
    const { status, stderr } = run(["-n"], fileOf("/etc/hardway/pod-network.sh"));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
