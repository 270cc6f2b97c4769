import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { labFrom } from "../../config/resolve/labFrom.ts";
import { labOf, planOf, separateCluster } from "../../harness/program/labs.ts";
import { Reads } from "../../harness/program/recordReads.ts";
import { isGuest } from "../../model/machines.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { allSettings, surroundingsOfAll } from "../unit/config/allSettings.ts";

/**
 * A lab with every part that a plan can have: flannel, both runtimes, virtual and existing
 * machines.
 */
function planOfEverything() {
  const lab = labFrom(
    { ...allSettings, network: { ...allSettings.network, plugin: "flannel" } },
    surroundingsOfAll,
  );
  const keyFile = join(tmpdir(), `hardway-plan-is-read-${process.pid}`);
  writeFileSync(keyFile, "a private key");
  return planOf({
    ...lab,
    nodes: lab.nodes.map((node) =>
      isGuest(node) ? node : { ...node, machine: { ...node.machine, keyFile } },
    ),
    machines: {
      ...lab.machines,
      hypervisors: lab.machines.hypervisors.map((one) => ({ ...one, domainType: "qemu" })),
    },
  });
}

/** Pods' routes, and the network that the program creates for machines. */
const planOfRoutes = () => planOf(labOf(separateCluster));

const reads = new Reads();
let plan: ClusterPlan;

vi.mock("../../components/readLab.ts", () => ({ readPlan: () => Promise.resolve(plan) }));

/** Runs the whole program under mocks. */
async function runWith(value: ClusterPlan): Promise<void> {
  plan = reads.record(value);
  const pem = "-----BEGIN CERTIFICATE-----\nof a mock\n-----END CERTIFICATE-----\n";
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({
        id: `id of ${name}`,
        state: {
          ...(inputs as object),
          ...{ privateKeyPem: pem, publicKeyPem: pem, privateKeyOpenssh: pem },
          ...{ publicKeyOpenssh: pem, certRequestPem: pem, certPem: pem, stdout: pem },
        },
      }),
      call: ({ token }) => {
        throw new Error(`the program invokes ${token}, which the mocks do not support`);
      },
    },
    "hardway",
    "dev",
  );
  vi.resetModules();
  const program: object = await import("../../index.ts");
  await pulumi.runtime.disconnect();
  // The record is for the next `up`.
  const written = pulumi.jsonStringify(program);
  const text = await (written as unknown as { promise(): Promise<string> }).promise();
  expect(JSON.parse(text)).toHaveProperty("record");
}

/** Parts that the program does not read, and their readers. */
const readElsewhere = [
  // Pictures; the program reads `api.url` and `api.addresses`.
  "api.address",
  // A BaseImage as a whole; the program needs its ID and its source here.
  "libvirt.hypervisors.[].images.[].cpuLevel",
  "libvirt.hypervisors.[].images.[].name",
  // For messages.
  "manifests.[].path",
  // Pictures; the program reads it in `api.addresses`.
  "network.apiService",
  // Members of etcd have their flags in `etcd.members`.
  "nodes.[].flags.etcd",
];

test("the program reads every key of the plan", async () => {
  await runWith(planOfEverything());
  await runWith(planOfRoutes());
  expect(reads.unread()).toEqual(readElsewhere);
}, 120_000);
