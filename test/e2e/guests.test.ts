import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cluster } from "../../harness/clusters/cluster.ts";
import { changesOf, type GuestsLab, guestsLab } from "../../harness/clusters/guestsLab.ts";
import { expectAnonymousRefused, expectNodeRestriction } from "./checks/access.ts";
import { expectExec, expectLogs, expectPortForward } from "./checks/kubectl.ts";
import {
  expectDnsAnswers,
  expectPodsReachPods,
  expectServicesLeadToPods,
} from "./checks/network.ts";
import { bootIds, expectNodesReady, expectPodCapacities } from "./checks/nodes.ts";
import { deployProbe, probePods } from "./checks/probe.ts";
import { expectSecretsEncrypted } from "./checks/secrets.ts";

// A user's work with the lab of Pulumi.dev.yaml on virtual machines, in the order of a lab's life.
describe("./lab, from creation to removal", () => {
  let guests: GuestsLab;
  let cluster: Cluster;
  let firstUp: string;

  const logins = async () => {
    const counts = cluster.nodes.map(async ({ name }) => {
      const { stdout } = await cluster.ssh(name, "journalctl --unit ssh | grep --count Accepted");
      return [name, Number(stdout)] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  };

  beforeAll(async () => {
    guests = await guestsLab("guests", "dev");
    cluster = guests.cluster;
    firstUp = await guests.output(["up"], { timeout: 45 * 60_000 });
    await deployProbe(cluster);
  }, 50 * 60_000);

  afterAll(() => guests.remove(), 5 * 60_000);

  test("up creates everything, and every node is Ready", {
    meta: { rows: ["S0-01", "S0-04", "S1-41", "S1-45", "S2-01", "S2-02"] },
  }, async () => {
    expect(Object.keys(changesOf(firstUp))).toEqual(["created"]);
    await expectNodesReady(cluster, 60);
  });

  test("the cluster's DNS answers", { meta: { rows: ["S0-14", "S0-18"] } }, () =>
    expectDnsAnswers(cluster),
  );
  test("a pod reaches a pod on another node", { meta: { rows: ["S0-14", "S0-18"] } }, () =>
    expectPodsReachPods(cluster),
  );
  test("a Service leads to every pod behind it", { meta: { rows: ["S0-14", "S0-18"] } }, () =>
    expectServicesLeadToPods(cluster, 300),
  );
  test("kubectl logs", () => expectLogs(cluster));
  test("kubectl exec", () => expectExec(cluster));
  test("kubectl port-forward", () => expectPortForward(cluster, ["worker-2"]));
  test("a Secret is encrypted in etcd", () => expectSecretsEncrypted(cluster));
  test("a kubelet may not change another node", () => expectNodeRestriction(cluster));
  test("requests without credentials are refused", () => expectAnonymousRefused(cluster));

  test("a second up changes nothing and logs in to no node", async () => {
    const before = await logins();
    const changes = changesOf(await guests.output(["up"]));
    expect(changes).toEqual({ unchanged: changesOf(firstUp).created });
    const after = await logins();
    // The query is a login too.
    const asked = Object.entries(before).map(([name, count]) => [name, count + 1]);
    expect(after).toEqual(Object.fromEntries(asked));
  });

  test("one changed line changes one step on one node, and leaves the pods running", async () => {
    const pods = await probePods(cluster);
    await guests.edit(({ nodes }) => {
      Object.assign(nodes["control-1"] ?? {}, { kubelet: { maxPods: 77 } });
    });
    const shown = await guests.output(["preview", "--diff"]);
    expect(shown).toContain("maxPods: 77");
    const changes = changesOf(await guests.output(["up"]));
    expect(changes).toEqual({ updated: 1, unchanged: Number(changesOf(firstUp).created) - 1 });
    await expectPodCapacities(cluster, [77, 110, 110]);
    expect(await probePods(cluster)).toEqual(pods);
  });

  test("a user's key changes one step of each machine, allows the login, and restarts nothing", async () => {
    const before = await bootIds(cluster);
    const key = join(guests.state, "person");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const publicKey = (await readFile(`${key}.pub`, "utf8")).trim();
    await guests.edit((edited) => {
      edited.ssh = { authorizedKeys: [publicKey] };
    });
    const changes = changesOf(await guests.output(["up"]));
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
    "a rebooted worker returns with its pods and its network",
    async () => {
      const before = (await bootIds(cluster))["worker-1"];
      await guests.lab(["ssh", "worker-1", "systemctl reboot"], { reject: false });
      await expect
        .poll(async () => (await bootIds(cluster))["worker-1"], {
          timeout: 900_000,
          interval: 2000,
        })
        .not.toBe(before);
      await expectNodesReady(cluster);
      await expectServicesLeadToPods(cluster, 300);
      await expectPodsReachPods(cluster);
    },
    20 * 60_000,
  );

  test("a paused machine is resumed by the next up", async () => {
    const name = `${guests.plan.name}-worker-1`;
    expect(await cluster.exec(["virsh", "--quiet", "suspend", name])).toMatchObject({
      exitCode: 0,
    });
    expect(await guests.output(["up"])).toContain(
      `resuming the domain ${name}, which is paused (user)`,
    );
    await expectNodesReady(cluster);
  });

  test(
    "destroy leaves no machine, disk, network, process or file",
    { meta: { rows: ["S0-10", "S0-22"] } },
    () => guests.destroy(),
  );
});
