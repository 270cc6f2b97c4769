import { beforeAll, describe, expect, test } from "vitest";
import { devCluster } from "../../harness/program/labs.ts";
import {
  type ProgramRun,
  type Registration,
  runProgram,
} from "../../harness/program/runProgram.ts";

/**
 * flannel's difference to the graph of the same lab with routes; test/e2e/flannel.test.ts checks
 * traffic.
 */

const cluster = { ...devCluster, network: { plugin: "flannel" } };

let routes: ProgramRun;
let flannel: ProgramRun;
let preview: ProgramRun;

beforeAll(async () => {
  [routes, flannel, preview] = await Promise.all([
    runProgram({ cluster: devCluster }),
    runProgram({ cluster }),
    runProgram({ cluster, mode: "preview" }),
  ]);
});

const titleOf = ({ type, name }: Registration): string => `${type.split(":").at(-1) ?? ""} ${name}`;
const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

function command(name: string): Registration {
  const found = flannel.registrations.find(
    (one) => one.type === "command:remote:Command" && one.name === name,
  );
  if (found === undefined) {
    throw new Error(`${name} was not registered`);
  }
  return found;
}

describe("what flannel adds", () => {
  test("is four resources for a node, and a role with its binding for all", () => {
    const without = new Set(routes.registrations.map(({ urn }) => urn));
    const added = flannel.registrations.filter(({ urn }) => !without.has(urn));
    const perNode = ["control-1", "worker-1", "worker-2"].flatMap((node) =>
      ["CertRequest", "Command", "LocallySignedCert", "PrivateKey"].map(
        (type) => `${type} ${node}-flanneld`,
      ),
    );
    expect(added.map(titleOf).sort()).toEqual(
      [...perNode, "ClusterRole flannel", "ClusterRoleBinding flannel", "Flannel flanneld"].sort(),
    );
    expect(flannel.registrations.length - routes.registrations.length).toBe(added.length);
  });

  test("the same in preview as in update", () => {
    const urns = (run: ProgramRun) => run.registrations.map(({ urn }) => urn).sort();
    expect(urns(preview)).toEqual(urns(flannel));
  });

  test("another worker costs four more than with routes, however many there are", async () => {
    const pools = { worker: { ...devCluster.pools.worker, count: 12 } };
    const larger = await runProgram({ cluster: { ...cluster, pools } });
    expect(larger.registrations.length - flannel.registrations.length).toBe(10 * (15 + 4));
  });
});

describe("what waits for what", () => {
  test("flanneld waits for its Node and for its role, and for nothing else that is not made beforehand", () => {
    const waitsFor = command("worker-1-flanneld").dependencies.filter(
      (urn) => !urn.includes("tls:") && !urn.includes("libvirt:"),
    );
    expect(waitsFor.map((urn) => urn.split("::").slice(2).join(" ")).sort()).toEqual([
      "hardway:addons:Addons$kubernetes:rbac.authorization.k8s.io/v1:ClusterRole flannel",
      "hardway:addons:Addons$kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding flannel",
      "hardway:node:Nodes$command:remote:Command worker-1-node",
    ]);
  });

  test("nothing waits for flanneld: neither its Node nor what runs in the cluster", () => {
    const steps = flannel.registrations.filter(({ name }) => name.endsWith("-flanneld"));
    const commands = steps.filter(({ type }) => type === "command:remote:Command");
    expect(commands.length).toBe(3);
    for (const { urn } of commands) {
      const waiting = flannel.registrations.filter(({ dependencies }) =>
        dependencies.includes(urn),
      );
      expect(waiting.map(titleOf)).toEqual([]);
    }
  });

  test("every other step waits for the same as with routes", () => {
    const edges = (run: ProgramRun) =>
      Object.fromEntries(
        run.registrations
          .filter(({ name }) => !/flannel/.test(name))
          .map(({ urn, dependencies }) => [urn, dependencies.map(nameOf)]),
      );
    expect(edges(flannel)).toEqual(edges(routes));
  });

  test("a recreated Node restarts its flanneld", () => {
    const { inputs, propertyDependencies } = command("worker-1-flanneld");
    expect(propertyDependencies.triggers?.map(nameOf)).toContain("worker-1-node");
    // The value is the machine's, so other events of the Node do not matter.
    expect(inputs.triggers).toEqual(["id of worker-1-domain"]);
  });

  test("flanneld goes with its machine", () => {
    expect(nameOf(command("worker-1-flanneld").deletedWith)).toBe("worker-1-os");
  });
});

describe("who flanneld is", () => {
  test("a user of its own on each node, all in one group", () => {
    const request = flannel.registrations.find(
      ({ type, name }) => type.endsWith(":CertRequest") && name === "worker-1-flanneld",
    );
    expect(request?.inputs.subject).toEqual({
      commonName: "system:flannel:worker-1",
      organization: "system:flannel",
    });
    const certificate = flannel.registrations.find(
      ({ type, name }) => type.endsWith(":LocallySignedCert") && name === "worker-1-flanneld",
    );
    expect(certificate?.inputs.allowedUses).toEqual(["digital_signature", "client_auth"]);
  });

  test("that group may read Nodes and write their status, and nothing else", () => {
    const objects = flannel.registrations.filter(
      ({ type, name }) => type.startsWith("kubernetes:") && name === "flannel",
    );
    const [role, binding] = objects.sort((a, b) => (a.type < b.type ? -1 : 1));
    expect(role?.inputs.rules).toEqual([
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
    ]);
    expect(binding?.inputs).toMatchObject({
      roleRef: { kind: "ClusterRole", name: "system:flannel" },
      subjects: [{ kind: "Group", name: "system:flannel" }],
    });
  });

  test("its key comes on standard input, as a secret, and stands nowhere else", () => {
    const { create, stdin } = command("worker-1-flanneld").inputs;
    expect(stdin).toMatchObject({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    });
    expect(JSON.stringify(stdin)).toContain("PRIVATE KEY");
    expect(create).not.toContain("PRIVATE KEY");
  });
});
