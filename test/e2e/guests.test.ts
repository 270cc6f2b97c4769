import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, type Options } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { projectDir } from "../../tools/paths.ts";
import { messageOf } from "../../tools/personError.ts";
import { expectAnonymousRefused, expectNodeRestriction } from "./checks/access.ts";
import type { Cluster } from "./checks/cluster.ts";
import { expectExec, expectLogs, expectPortForward } from "./checks/kubectl.ts";
import {
  expectDnsAnswers,
  expectPodsReachPods,
  expectServicesLeadToPods,
} from "./checks/network.ts";
import { bootIds, expectNodesReady, expectPodCapacities } from "./checks/nodes.ts";
import { deployProbe, probePods } from "./checks/probe.ts";
import { expectSecretsEncrypted } from "./checks/secrets.ts";
import { bareEnvironment } from "./support/personsLab.ts";

/** The lab of this test: that of Pulumi.dev.yaml, beside a person's own. */
const stack = "guests";
const configFile = join(projectDir, `Pulumi.${stack}.yaml`);

const nodes = [
  { name: "control-1", address: "10.17.0.11", roles: ["control-plane"] },
  { name: "worker-1", address: "10.17.0.21", roles: ["worker"] },
  { name: "worker-2", address: "10.17.0.22", roles: ["worker"] },
];

/** The same as words for env(1). */
const assignments = (state: string) =>
  Object.entries({ ...bareEnvironment, HARDWAY_STATE: state }).map(
    ([name, value]) => `${name}=${value}`,
  );

/** Of what pulumi printed at its end: `{create: 3}`, `{unchanged: 85}`. */
function changesOf(output: string): Record<string, number> {
  const summary = /^Resources:\n((?:\s+.*\n)+?)\n/m.exec(output)?.[1] ?? "";
  const lines = [...summary.matchAll(/(\d+) (created|updated|replaced|deleted|unchanged)/g)];
  return Object.fromEntries(lines.map(([, count, word]) => [word ?? "", Number(count)]));
}

// What a person does, on virtual machines: tests stand in the order of a lab's life.
describe("./lab, from nothing to nothing", () => {
  let state: string;
  let cluster: Cluster;
  let firstUp: string;

  const lab = (args: readonly string[], options: Options = {}) =>
    execa(join(projectDir, "lab"), ["--stack", stack, "--yes", ...args], {
      all: true,
      extendEnv: false,
      env: { ...bareEnvironment, HARDWAY_STATE: state },
      ...options,
    });
  const output = async (args: readonly string[], options: Options = {}) =>
    String((await lab(args, options)).all);

  const logins = async () => {
    const counts = nodes.map(async ({ name }) => {
      const { stdout } = await cluster.ssh(name, "journalctl --unit ssh | grep --count Accepted");
      return [name, Number(stdout)] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  };

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), "hardway-guests-"));
    await writeFile(configFile, await readFile(join(projectDir, "Pulumi.dev.yaml")));
    const environment = ["env", "--ignore-environment", ...assignments(state)] as const;
    const kubectlCommand = [
      ...environment,
      join(projectDir, "lab"),
      "--stack",
      stack,
      "kubectl",
    ] as const;
    cluster = {
      nodes,
      apiUrl: "https://10.17.0.11:6443",
      kubectlCommand: [...kubectlCommand],
      kubectl: async (args, options) =>
        String(
          (await execa(kubectlCommand[0], [...kubectlCommand.slice(1), ...args], options)).stdout,
        ),
      exec: async (argv, options) => {
        const result = await lab(["shell", "--", ...argv], {
          ...options,
          all: false,
          reject: false,
        });
        return {
          exitCode: result.exitCode ?? 1,
          stdout: String(result.stdout),
          stderr: String(result.stderr),
        };
      },
      ssh: async (node, command, options) => {
        const result = await lab(["ssh", node, command], { ...options, all: false });
        return {
          exitCode: result.exitCode ?? 1,
          stdout: String(result.stdout),
          stderr: String(result.stderr),
        };
      },
    };
    firstUp = await output(["up"], { timeout: 45 * 60_000 });
    await deployProbe(cluster);
  }, 50 * 60_000);

  afterAll(async () => {
    await lab(["destroy"], { reject: false });
    await rm(configFile, { force: true });
    await rm(state, { recursive: true });
  }, 5 * 60_000);

  test("up made everything, and every node is Ready", async () => {
    expect(Object.keys(changesOf(firstUp))).toEqual(["created"]);
    await expectNodesReady(cluster, 60);
  });

  test("the cluster's DNS answers", () => expectDnsAnswers(cluster));
  test("a pod reaches a pod on another node", () => expectPodsReachPods(cluster));
  test("a Service leads to every pod behind it", () => expectServicesLeadToPods(cluster));
  test("kubectl logs", () => expectLogs(cluster));
  test("kubectl exec", () => expectExec(cluster));
  test("kubectl port-forward", () => expectPortForward(cluster));
  test("a Secret is encrypted in etcd", () => expectSecretsEncrypted(cluster));
  test("a kubelet may not change another node", () => expectNodeRestriction(cluster));
  test("nobody gets anything without credentials", () => expectAnonymousRefused(cluster));

  test("a second up changes nothing and logs in nowhere", async () => {
    const before = await logins();
    const changes = changesOf(await output(["up"]));
    expect(changes).toEqual({ unchanged: changesOf(firstUp).created });
    const after = await logins();
    // Asking is a login too.
    const asked = Object.entries(before).map(([name, count]) => [name, count + 1]);
    expect(after).toEqual(Object.fromEntries(asked));
  });

  test("one changed line changes one step on one node, and leaves the pods running", async () => {
    const pods = await probePods(cluster);
    const config = parse(await readFile(configFile, "utf8")) as {
      config: { "hardway:cluster": { nodes: Record<string, object> } };
    };
    const control = config.config["hardway:cluster"].nodes["control-1"];
    Object.assign(control ?? {}, { kubelet: { maxPods: 77 } });
    await writeFile(configFile, stringify(config));
    const shown = await output(["preview", "--diff"]);
    expect(shown).toContain("maxPods: 77");
    const changes = changesOf(await output(["up"]));
    expect(changes).toEqual({ updated: 1, unchanged: Number(changesOf(firstUp).created) - 1 });
    await expectPodCapacities(cluster, [77, 110, 110]);
    expect(await probePods(cluster)).toEqual(pods);
  });

  test("a person's key changes one step of each machine, lets the person in, and restarts nothing", async () => {
    const before = await bootIds(cluster);
    const key = join(state, "person");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const publicKey = (await readFile(`${key}.pub`, "utf8")).trim();
    const config = parse(await readFile(configFile, "utf8")) as {
      config: { "hardway:cluster": { ssh?: object } };
    };
    config.config["hardway:cluster"].ssh = { authorizedKeys: [publicKey] };
    await writeFile(configFile, stringify(config));
    const changes = changesOf(await output(["up"]));
    expect(changes).toEqual({ updated: 3, unchanged: Number(changesOf(firstUp).created) - 3 });
    const settings = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
    const options = settings.flatMap((setting) => ["-o", setting]);
    const ssh = ["ssh", "-F", "none", "-i", key, "-o", "IdentitiesOnly=yes", ...options];
    expect(await cluster.exec([...ssh, "root@10.17.0.21", "whoami"])).toMatchObject({
      exitCode: 0,
      stdout: "root",
    });
    expect(await bootIds(cluster)).toEqual(before);
  });

  test(
    "a worker that reboots comes back with its pods and its network",
    async () => {
      const before = (await bootIds(cluster))["worker-1"];
      await lab(["ssh", "worker-1", "systemctl reboot"], { reject: false });
      await expect
        .poll(async () => (await bootIds(cluster))["worker-1"], {
          timeout: 600_000,
          interval: 2000,
        })
        .not.toBe(before);
      await expectNodesReady(cluster);
      await expect
        .poll(() => expectServicesLeadToPods(cluster).then(() => "well", messageOf), {
          timeout: 300_000,
        })
        .toBe("well");
      await expectPodsReachPods(cluster);
    },
    20 * 60_000,
  );

  test("destroy leaves no machine, disk, network, process or file", async () => {
    await lab(["destroy"]);
    const { stdout } = await execa("ps", ["-e", "-o", "args="]);
    const ours = stdout
      .split("\n")
      .filter((line) => line.includes(`${stack}-control-1`) || line.includes(state));
    expect(ours).toEqual([]);
    // What belongs to the person stays: the log, the passphrase, the stack's empty state.
    const left = await readdir(state, { recursive: true });
    expect(
      left.filter((path) => /qcow2|iso|kubeconfig|id_ed25519|known_hosts|isolated/.test(path)),
    ).toEqual([]);
  });
});
