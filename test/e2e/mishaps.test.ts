import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { interruptedExit, interruptedMessage } from "../../base/interruption.ts";
import { type Cluster, found } from "../../harness/clusters/cluster.ts";
import { clusterConfig, containerCluster } from "../../harness/clusters/containerCluster.ts";
import { interrupt, interruptions } from "../../harness/clusters/interruptions.ts";
import { startLabMirror } from "../../harness/clusters/labMirror.ts";
import { PersonsLab } from "../../harness/clusters/personsLab.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import { startMachines } from "../../harness/machines/startMachines.ts";
import { expectNodesReady, expectPodCapacities } from "./checks/nodes.ts";

const nodes = [
  { name: "control-1", address: "10.17.0.11", roles: ["control-plane"] },
  { name: "worker-1", address: "10.17.0.21", roles: ["worker"] },
];

/** Seven interrupted runs and two complete ones; half a minute each is ample on an idle machine. */
const timeout = 900_000;

/** A failed run can be repeated with the seed that it prints. */
const seed = Number(process.env.HARDWAY_E2E_SEED ?? Math.floor(Math.random() * 2 ** 31));

// One lab for the whole file: each test continues from the state of the one before.
describe("a lab with many failures: one control plane, one worker", () => {
  let lab: MachinesLab;
  let person: PersonsLab;
  const onStop: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    lab = await startMachines({ name: "mishaps", nodes });
    onStop.push(() => lab.stop());
    person = new PersonsLab("mishaps", lab.directory, lab.enter);
    onStop.push(() => person.forget());
  });
  afterAll(async () => {
    for (const stop of onStop.reverse()) await stop();
  });

  test("a machine with another host key: the step, the expected and the found key, and a remedy; at once", {
    meta: { rows: ["S0-08"] },
  }, async () => {
    const config = clusterConfig(lab, nodes);
    const [control, worker] = lab.machines.map(({ hostKey }) => hostKey) as [string, string];
    const swapped = structuredClone(config) as { nodes: Record<string, { host: object }> };
    Object.assign(found(swapped.nodes["worker-1"], "worker-1").host, { hostKey: control });
    await person.configure(swapped);
    const { exitCode, text } = await person.run(["up"]);
    await person.configure(config);
    expect(exitCode).toBe(1);
    expect(diagnosticsOf(text)).toEqual({
      "worker-1-os": `error: 10.17.0.21:22 has another host key than connection.hostKey says: expected ${fingerprint(control)}, found ${fingerprint(worker)}; it is another machine, or it was recreated: if you expect the new key, \`ssh-keyscan 10.17.0.21\` prints its key`,
    });
  });

  test("a faulty mirror: the node, file, source and response; nothing is partly installed", async () => {
    // The mirror that the previous run left running would occupy the port.
    await person.killAll();
    const bad = await startLabMirror(
      lab,
      join(import.meta.dirname, "../../harness/clusters/badMirror.ts"),
      person.mirrorPid,
    );
    const { exitCode, text } = await person.run(["up"]);
    await bad.stop();
    expect(exitCode).toBe(1);
    const ended = String.raw`error: Process exited with status 1 on 10\.17\.0\.\d+:22: running "[^\n]*\n`;
    const source = String.raw`can't be had; '\./lab mirror sync' brings what the mirror lacks:\n *http://10\.17\.0\.1:8473/artifacts/\S+:`;
    const page = String.raw`wanted sha256 [0-9a-f]{64}, got [0-9a-f]{64} \(50 bytes\), a page that begins with <html>`;
    const part = String.raw`curl: \(18\) transfer closed with 900 bytes remaining to read`;
    const reasons: Record<string, RegExp> = {
      containerd: new RegExp(`^${ended}error: containerd: cni-plugins-\\S+ ${source} ${page}`),
      etcd: new RegExp(`^${ended}(.*\n)*error: etcd: etcd-\\S+ ${source} ${part}`),
    };
    const diagnostics = Object.entries(diagnosticsOf(text));
    // It is random which of these steps have started when the first one fails.
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const [name, words] of diagnostics) {
      expect(words).toMatch(found(reasons[name.split("-").at(-1) ?? ""], `an error of ${name}`));
    }
    await expectNothingHalfDone();
  });

  test("after repeated interruptions, up continues and ends with the same cluster", {
    timeout,
    meta: { rows: ["S0-09"] },
  }, async () => {
    process.stdout.write(`HARDWAY_E2E_SEED=${seed}\n`);
    const ends: (number | undefined)[] = [];
    for (const interruption of interruptions(seed)) {
      const run = person.start(["up"]);
      await interrupt(person, run, interruption);
      const { exitCode, text } = await run.ended;
      const { after, delayMs, way } = interruption;
      process.stdout.write(`${way}, ${delayMs} ms after ${after.source}: ${exitCode}\n`);
      ends.push(exitCode);
      if (exitCode === 0) break;
      // Killed, or ended with a message; no other failure.
      expect([interruptedExit, undefined], text).toContain(exitCode);
      if (exitCode === interruptedExit) expect(text).toContain(`\nlab: ${interruptedMessage}`);
    }
    // The last interruptions may come after the end.
    expect(ends.length).toBeGreaterThanOrEqual(5);
    await finish();
  });

  test("a change that is interrupted is finished by the next up", async () => {
    const maxPods = { kubelet: { maxPods: 77 } };
    const settings = Object.fromEntries(nodes.map(({ name }) => [name, maxPods]));
    await person.configure(clusterConfig(lab, nodes, settings));
    const run = person.start(["up"]);
    const after = /Command \S+-kubelet updating/;
    await interrupt(person, run, { after, delayMs: 0, way: "kill all" });
    expect((await run.ended).exitCode).toBeUndefined();
    await expectPodCapacities(await finish(), [77, 77]);
  });

  test(
    "a setting that a kubelet refuses, taken out again, leaves nothing of itself",
    async () => {
      // Only the machine knows its cgroups, so neither the rules nor a dry run refuse this.
      const refused = { kubelet: { maxPods: 77, cgroupRoot: "/missing" } };
      await person.configure(clusterConfig(lab, nodes, { "worker-1": refused }));
      const { exitCode, text } = await person.run(["up"]);
      expect(exitCode).toBe(1);
      expect(diagnosticsOf(text)["worker-1-kubelet"]).toContain("invalid configuration");
      expect(text).toMatch(
        /^not finished: .*worker-1-kubelet.*; the next `\.\/lab --stack mishaps up` runs /m,
      );
      await person.configure(
        clusterConfig(lab, nodes, { "worker-1": { kubelet: { maxPods: 77 } } }),
      );
      await expectPodCapacities(await finish(), [110, 77]);
    },
    timeout,
  );

  /**
   * Runs `up` to its end and checks that all nodes are Ready, that no step is unfinished, and that
   * the next run finds no changes.
   */
  async function finish(): Promise<Cluster> {
    const last = await person.run(["up"]);
    expect(last, last.text).toMatchObject({ exitCode: 0 });
    const cluster = await containerCluster(lab, nodes, {
      kubeconfig: await readFile(person.kubeconfig, "utf8"),
      apiUrl: "https://10.17.0.11:6443",
    });
    await expectNodesReady(cluster);
    await expectNothingHalfDone();
    for (const { name } of nodes) {
      const versions = "for artefact in /opt/hardway/bin/*; do ls -A $artefact | tail -n +2; done";
      const { stdout } = await lab.ssh(name, `systemctl --failed --no-legend; ${versions}`);
      expect(stdout).toBe("");
    }
    const again = await person.run(["up"]);
    expect(again.text).toMatch(/^Resources:\n {4}\d+ unchanged\n$/m);
    expect(again.text).not.toContain("pending operations");
    expect(await person.pendingOperations()).toBe(0);
    return cluster;
  }

  /** Checks that no node has an unfinished file of a step, or a running step. */
  async function expectNothingHalfDone(): Promise<void> {
    const find = "find /etc /opt /usr/local /var/lib/hardway -name '*.new' -o -name '*.fetched'";
    const looks = nodes.map(async ({ name }) => {
      const { stdout } = await lab.ssh(name, `sudo ${find}; pgrep --full '^bash --norc'`);
      return `${name}: ${stdout}`;
    });
    expect(await Promise.all(looks)).toEqual(nodes.map(({ name }) => `${name}: `));
  }
});

/** The fingerprint of a public key's line: `ssh-ed25519 SHA256:…`. */
function fingerprint(line: string): string {
  const [type, key = ""] = line.split(" ");
  const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
  return `${type} SHA256:${digest.replace(/=+$/, "")}`;
}

/** pulumi's final diagnostics by resource, without the stack's and without indentation. */
function diagnosticsOf(text: string): Record<string, string> {
  const part = /^Diagnostics:\n([\s\S]*?)^Resources:/m.exec(text)?.[1] ?? "";
  const blocks = [...part.matchAll(/^ {2}(\S+) \((\S+)\):\n((?: {4}.*\n|\n)*)/gm)];
  return Object.fromEntries(
    blocks
      .filter(([, type]) => type !== "pulumi:pulumi:Stack")
      .map(([, , name = "", words = ""]) => [name, words.replace(/^ {4}/gm, "").trim()]),
  );
}
