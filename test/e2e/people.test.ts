import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { renderPerson, requestPath } from "../../components/people/renderPerson.ts";
import { renderCommand, renderSecrets } from "../../components/remote/script.ts";
import { buildCluster } from "../../harness/clusters/builtCluster.ts";
import type { Cluster } from "../../harness/clusters/cluster.ts";
import { clusterConfig } from "../../harness/clusters/containerCluster.ts";
import type { Changes, TestStack } from "../../harness/clusters/testStack.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import { auditOfRequest, expectConfinedToTeam, type Person, personWith } from "./checks/people.ts";

const nodes = [
  { name: "control-1", address: "10.17.0.11", roles: ["control-plane"] },
  { name: "worker-1", address: "10.17.0.21", roles: ["worker"] },
];
const alice = { group: "developers", namespace: "team-a", role: "edit", validityHours: 48 };

// One cluster for the whole file: the tests follow a cluster's life, and each leaves the cluster
// intact.
describe("a user who may work in one namespace", () => {
  let lab: MachinesLab;
  let stack: TestStack;
  let first: Changes;
  let cluster: Cluster;
  let person: Person;

  const configOf = (machines: MachinesLab, people: object) => ({
    ...clusterConfig(machines, nodes),
    people,
  });

  const aliceNow = async (): Promise<Person> => {
    const kubeconfigs = JSON.parse(await stack.output("kubeconfigs")) as { alice: string };
    return personWith(cluster, kubeconfigs.alice, join(lab.directory, "alice.kubeconfig"));
  };

  beforeAll(async () => {
    const built = await buildCluster({
      name: "people",
      machines: nodes,
      config: (machines) => configOf(machines, { alice }),
    });
    ({ lab, stack, first, cluster } = built);
    person = await aliceNow();
    return built.stop;
  });

  test("her certificate says who she is, for as long as the config says", async () => {
    const { certificate } = person;
    expect(certificate.subject.split("\n").sort()).toEqual(["CN=alice", "O=developers"]);
    expect(certificate.issuer).toBe("CN=kubernetes-ca");
    const hours = (certificate.validToDate.getTime() - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(47.5);
    expect(hours).toBeLessThanOrEqual(48);
    const who = await person.kubectl(["auth", "whoami", "--output", "json"]);
    expect(JSON.parse(who.text)).toMatchObject({
      status: { userInfo: { username: "alice", groups: ["developers", "system:authenticated"] } },
    });
  });

  test(
    "she may work in her namespace, and nowhere else",
    { meta: { rows: ["S1-19", "S1-40", "S3-07"] } },
    () => expectConfinedToTeam(person),
  );

  test("the audit log names who requested, who approved and who signed it", {
    meta: { rows: ["S1-19", "S1-40"] },
  }, async () => {
    expect(await auditOfRequest(cluster, "hardway-alice")).toEqual([
      "create by kubernetes-admin",
      "update approval Approved by kubernetes-admin",
      "update status by system:serviceaccount:kube-system:certificate-controller",
    ]);
  });

  test("a second up changes nothing", async () => {
    expect(await stack.up()).toEqual({ same: first.create });
    expect((await aliceNow()).certificate.serialNumber).toBe(person.certificate.serialNumber);
  });

  test("a step that runs again prints the same certificate, and asks for none", async () => {
    const before = await auditOfRequest(cluster, "hardway-alice");
    const plan = { name: "alice", ...alice, renewalHours: 16 };
    const path = requestPath(plan);
    const { stdout: request } = await lab.ssh("control-1", `cat ${path}`);
    const file = { path, mode: "644", owner: "root:root", content: `${request}\n` };
    const again = await lab.ssh(
      "control-1",
      renderCommand("hw", "person-alice", renderPerson(plan).create),
      { input: renderSecrets([file]) },
    );
    expect(again).toEqual({
      exitCode: 0,
      stderr: "",
      stdout: person.certificate.toString().trimEnd(),
    });
    expect(await auditOfRequest(cluster, "hardway-alice")).toEqual(before);
  });

  test("a certificate that comes due shows in the preview, and up renews it", async () => {
    const soon = new Date(Date.now() + 15 * 3_600_000).toISOString();
    await stack.pretend("alice-term", { validityEndTime: soon });
    const names = (await stack.preview()).map(({ op, name }) => `${op} ${name}`).sort();
    expect(names).toEqual(["replace alice-term", "update alice-certificate"]);
    await stack.up();
    expect((await aliceNow()).certificate.serialNumber).not.toBe(person.certificate.serialNumber);
    expect(await stack.preview()).toEqual([]);
  });

  test("another term is another certificate for the same key", async () => {
    await stack.configure(configOf(lab, { alice: { ...alice, validityHours: 24 } }));
    const names = (await stack.preview()).map(({ op, name }) => `${op} ${name}`).sort();
    expect(names).toEqual(["replace alice-term", "update alice-certificate"]);
    await stack.up();
    const { certificate, kubectl } = await aliceNow();
    expect(certificate.serialNumber).not.toBe(person.certificate.serialNumber);
    expect(certificate.publicKey.equals(person.certificate.publicKey)).toBe(true);
    expect(await kubectl(["get", "deployments", "--output", "name"])).toEqual({
      failed: false,
      text: "deployment.apps/hello",
    });
  });

  test("another role takes effect at once", async () => {
    await stack.configure(configOf(lab, { alice: { ...alice, validityHours: 24, role: "view" } }));
    await stack.up();
    const { text } = await (await aliceNow()).kubectl(["delete", "deployment", "hello"]);
    expect(text).toContain('User "alice" cannot delete resource "deployments"');
  });

  test("a removed user has no access; her objects stay, and are hers again if she returns", async () => {
    const before = await aliceNow();
    await stack.configure(configOf(lab, {}));
    await stack.up();
    expect((await before.kubectl(["get", "pods"])).text).toContain(
      'User "alice" cannot list resource "pods"',
    );
    const get = ["get", "deployments", "--namespace", "team-a", "--output", "name"];
    expect(await cluster.kubectl(get)).toBe("deployment.apps/hello");
    const { stdout } = await lab.ssh("control-1", "ls /var/lib/hardway/people");
    expect(stdout).toBe("");
    expect(await cluster.kubectl(["get", "certificatesigningrequests", "--output", "name"])).toBe(
      "",
    );

    await stack.configure(configOf(lab, { alice }));
    await stack.up();
    const after = await aliceNow();
    expect(await after.kubectl(["delete", "deployment", "hello"])).toMatchObject({ failed: false });
    expect(await stack.preview()).toEqual([]);
  });

  test("destroy leaves nothing on the machines", async () => {
    await stack.destroy();
    expect(await stack.resources()).toBe(0);
    const { stdout } = await lab.ssh(
      "control-1",
      "ls -d /etc/kubernetes /var/lib/hardway 2>/dev/null",
    );
    expect(stdout).toBe("");
  });
});
