import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { devCluster, haCluster } from "../../harness/program/labs.ts";
import {
  type ProgramRun,
  type Registration,
  runProgram,
} from "../../harness/program/runProgram.ts";

/** The users' difference to the graph; test/e2e/people.test.ts checks their certificates. */

const people = {
  alice: { group: "developers", namespace: "team-a", role: "edit" },
  bob: { namespace: "team-a", role: "view" },
  carol: { namespace: "default", role: "view" },
  dora: { role: "cluster-admin", validityHours: 8 },
};

let without: ProgramRun;
let run: ProgramRun;
let preview: ProgramRun;

beforeAll(async () => {
  const cluster = { ...devCluster, people };
  [without, run, preview] = await Promise.all([
    runProgram({ cluster: devCluster }),
    runProgram({ cluster }),
    runProgram({ cluster, mode: "preview" }),
  ]);
});

const titleOf = ({ type, name }: Registration): string => `${type.split(":").at(-1) ?? ""} ${name}`;
const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";
const secretSignature = "4dabf18193072939515e22adb298388d";

function registered(title: string, of: ProgramRun = run): Registration {
  const found = of.registrations.find((one) => titleOf(one) === title);
  if (found === undefined) throw new Error(`${title} was not registered`);
  return found;
}

describe("what is registered", () => {
  test("four resources for a user's certificate, one for the role, and each namespace once", () => {
    const before = new Set(without.registrations.map(({ urn }) => urn));
    const added = run.registrations.filter(({ urn }) => !before.has(urn)).map(titleOf);
    const certificates = Object.keys(people).flatMap((name) => [
      `PrivateKey ${name}`,
      `CertRequest ${name}`,
      `SelfSignedCert ${name}-term`,
      `Command ${name}-certificate`,
    ]);
    expect(added.sort()).toEqual(
      [
        ...certificates,
        "Namespace team-a",
        "RoleBinding person-alice",
        "RoleBinding person-bob",
        "RoleBinding person-carol",
        "ClusterRoleBinding person-dora",
      ].sort(),
    );
  });

  test("existing resources do not change", () => {
    // Each run has a separate directory for the image and the seeds.
    const own = (of: ProgramRun) =>
      Object.fromEntries(
        of.registrations.map(({ urn, inputs, dependencies }) => [
          urn,
          JSON.stringify({ inputs, dependencies }).replace(/hardway-program-\w+/, ""),
        ]),
      );
    const [before, after] = [own(without), own(run)];
    for (const [urn, registration] of Object.entries(before)) {
      expect(after[urn]).toBe(registration);
    }
  });

  test("the same in preview as in update", () => {
    const urns = (of: ProgramRun) => of.registrations.map(({ urn }) => urn).sort();
    expect(urns(preview)).toEqual(urns(run));
  });

  test("the request says who, the term how long, and when it is due", () => {
    expect(registered("CertRequest alice").inputs.subject).toEqual({
      commonName: "alice",
      organization: "developers",
    });
    expect(registered("CertRequest bob").inputs.subject).toEqual({ commonName: "bob" });
    expect(registered("SelfSignedCert alice-term").inputs).toMatchObject({
      validityPeriodHours: 720,
      earlyRenewalHours: 240,
    });
    expect(registered("SelfSignedCert dora-term").inputs).toMatchObject({
      validityPeriodHours: 8,
      earlyRenewalHours: 2,
    });
  });
});

describe("what waits for what", () => {
  test("a certificate waits for the API server and the signer, and a new key recreates it", () => {
    const { dependencies, inputs, deletedWith } = registered("Command alice-certificate");
    const steps = dependencies.filter((urn) => urn.includes("remote:Command")).map(nameOf);
    expect(steps.sort()).toEqual(["control-1-kube-apiserver", "control-1-kube-controller-manager"]);
    expect(inputs.triggers).toEqual(["id of alice"]);
    expect(nameOf(deletedWith)).toBe("kubernetes-ca");
  });

  test("removing a control plane leaves the rest of the step unchanged", async () => {
    const ha = { ...haCluster, people };
    const moved = {
      ...ha,
      pools: {
        ...ha.pools,
        control: { ...ha.pools.control, firstAddress: "10.17.0.12" },
      },
    };
    const [before, after] = await Promise.all([
      runProgram({ cluster: ha }),
      runProgram({ cluster: moved }),
    ]);
    const [one, two] = [before, after].map((of) => registered("Command alice-certificate", of));
    const { connection: from, ...rest } = one?.inputs ?? {};
    const { connection: to, ...same } = two?.inputs ?? {};
    expect(JSON.stringify(from)).toContain('"host":"10.17.0.11"');
    expect(JSON.stringify(to)).toContain('"host":"10.17.0.12"');
    expect(same).toEqual(rest);
  });

  test("a role waits for its namespace, which stays without users", () => {
    const waiting = registered("RoleBinding person-bob").dependencies.map(nameOf);
    expect(waiting).toContain("team-a");
    // The retained resources in the cluster; a machine's operating-system step is retained too.
    const inside = run.registrations.filter(({ type }) => type.startsWith("kubernetes:"));
    const kept = inside.filter(({ retainOnDelete }) => retainOnDelete).map(titleOf);
    expect(kept).toEqual(["Namespace team-a"]);
  });
});

describe("secrets", () => {
  test("what was signed is not shown while it is printed, and is kept as a secret", () => {
    const { inputs, additionalSecretOutputs } = registered("Command alice-certificate");
    expect(inputs.logging).toBe("stderr");
    expect(additionalSecretOutputs).toContain("stdout");
    expect(inputs.stdin).toMatchObject({
      [secretSignature]: "1b47061264138c4ac30d75fd1eb44270",
    });
  });

  test("a key goes to no node", () => {
    const commands = run.registrations.filter(({ type }) => type === "command:remote:Command");
    const key = registered("SelfSignedCert alice-term").inputs.privateKeyPem as { value: string };
    expect(key.value).toContain("PRIVATE KEY");
    const line = key.value.split("\n")[1] ?? "";
    expect(JSON.stringify(commands)).not.toContain(line);
  });

  test("the kubeconfigs are one secret output, by name", () => {
    const { kubeconfigs } = run.outputs;
    expect(kubeconfigs?.isSecret).toBe(true);
    const byName = kubeconfigs?.value as Record<string, string>;
    expect(Object.keys(byName)).toEqual(Object.keys(people));
    const alice = parse(byName.alice ?? "") as { users: { user: Record<string, string> }[] };
    const decoded = Object.fromEntries(
      Object.entries(alice.users[0]?.user ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, "base64").toString(),
      ]),
    );
    expect(alice).toMatchObject({
      clusters: [{ name: "dev", cluster: { server: "https://10.17.0.11:6443" } }],
      contexts: [
        { name: "alice@dev", context: { cluster: "dev", user: "alice@dev", namespace: "team-a" } },
      ],
      users: [{ name: "alice@dev" }],
      "current-context": "alice@dev",
    });
    expect(decoded["client-certificate-data"]).toBe(
      "-----BEGIN CERTIFICATE-----\nsigned of alice-certificate\n-----END CERTIFICATE-----\n",
    );
    expect(decoded["client-key-data"]).toContain("PRIVATE KEY");
    const dora = parse(byName.dora ?? "") as { contexts: { context: object }[] };
    expect(dora.contexts[0]?.context).toEqual({ cluster: "dev", user: "dora@dev" });
  });

  test("without people it is empty, and a secret all the same", () => {
    expect(without.outputs.kubeconfigs).toEqual({ value: {}, isSecret: true });
  });
});
