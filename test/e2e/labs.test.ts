import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesOf, type GuestsLab, guestsLab } from "../../harness/clusters/guestsLab.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import {
  expectDnsAnswers,
  expectPodsReachPods,
  expectServicesLeadToPods,
} from "./checks/network.ts";
import { expectMemoryLeft, expectNodesReady } from "./checks/nodes.ts";
import { deployProbe } from "./checks/probe.ts";
import { expectProxy } from "./checks/proxies.ts";
import { expectRuntimes } from "./checks/runtimes.ts";

/** This project's stack configs except dev, which has a separate test. */
const labs = ["journal", "play-k8s", "harder-way", "from-scratch", "ha"] as const;

/**
 * Emulated machines take minutes, and CI's time is limited: `HARDWAY_LABS="ha journal"` selects
 * labs.
 */
const chosen = (process.env.HARDWAY_LABS ?? "").split(" ").filter((name) => name !== "");
const unknown = chosen.filter((name) => !(labs as readonly string[]).includes(name));
if (unknown.length > 0) {
  throw new Error(`HARDWAY_LABS: no lab ${unknown.join(", ")}; there are ${labs.join(", ")}`);
}

// Each lab on virtual machines: `up` creates it, finds no further changes, and `destroy` removes
// it.
describe.for(labs)("the lab %s", { timeout: 20 * 60_000 }, (name) => {
  if (!chosen.includes(name)) {
    test.skip(`is not part of this run; HARDWAY_LABS=${name} selects it`);
    return;
  }
  let guests: GuestsLab;
  let firstUp: string;

  beforeAll(async () => {
    guests = await guestsLab(`guests-${name}`, name);
    const begun = performance.now();
    firstUp = await guests.output(["up"], { timeout: 60 * 60_000 });
    process.stdout.write(`up of ${name}: ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
    // Eight emulated machines share two CPUs.
    await deployProbe(guests.cluster, 600);
  }, 70 * 60_000);

  afterAll(() => guests.remove(), 10 * 60_000);

  test("comes up, and every node is Ready", async () => {
    expect(Object.keys(changesOf(firstUp))).toEqual(["created"]);
    await expectNodesReady(guests.cluster);
  });

  test("has DNS, pods and Services", async () => {
    await expectDnsAnswers(guests.cluster);
    await expectPodsReachPods(guests.cluster);
    await expectServicesLeadToPods(guests.cluster, 300);
  });

  test("each node runs the runtime and the kube-proxy that the config names", {
    meta: { rows: ["S1-10", "S4-05", "S4-06"] },
  }, async () => {
    const { cluster, plan } = guests;
    const runtimes = plan.nodes
      .filter(isKubernetesNode)
      .map(({ name, runtime }) => [name, runtime.name] as const)
      .sort();
    await expectRuntimes(cluster, Object.fromEntries(runtimes));
    await expectProxy(cluster, plan.network.proxy);
  });

  test("its nodes have memory to spare", { meta: { rows: ["S0-13", "S4-03"] } }, () =>
    expectMemoryLeft(guests.cluster, 0.25),
  );

  test("needs no change", async () => {
    const changes = changesOf(await guests.output(["up"]));
    expect(changes).toEqual({ unchanged: changesOf(firstUp).created });
  });

  test("is removed completely", () => guests.destroy());
});
