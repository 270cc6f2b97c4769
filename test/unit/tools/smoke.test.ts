import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { smokeCheck } from "../../../tools/access/smoke.ts";
import { enterNothing } from "../../../tools/place/place.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => void vi.unstubAllEnvs());

/** A kubectl that lists these nodes, each Ready. */
function kubectlTells(names: readonly string[]): void {
  const directory = temporaryDirectory();
  const items = names.map((name) => ({
    metadata: { name },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: { kubeletVersion: "v1.36.4" },
    },
  }));
  const program = join(directory, "bin", "kubectl");
  mkdirSync(join(directory, "bin"));
  writeFileSync(program, `#!/bin/sh\necho '${JSON.stringify({ items })}'\n`);
  chmodSync(program, 0o755);
  vi.stubEnv("HARDWAY_CACHE", join(directory, "cache"));
  vi.stubEnv("HARDWAY_STATE", join(directory, "state"));
  vi.stubEnv("PATH", [join(directory, "bin"), process.env.PATH].join(delimiter));
}

const nodes = [
  { name: "control-1", roles: ["control-plane"] },
  { name: "worker-1", roles: ["worker", "load-balancer"] },
  { name: "lb-1", roles: ["load-balancer"] },
  { name: "etcd-1", roles: ["etcd"] },
] as const;

test("is done when every Kubernetes node is Ready, without waiting for load balancers or etcd members", async () => {
  kubectlTells(["control-1", "worker-1"]);
  const { session, lines } = testSession();
  const health = await smokeCheck(session, nodes, enterNothing);
  expect(health.map(({ name, ready }) => [name, ready])).toEqual([
    ["control-1", true],
    ["worker-1", true],
  ]);
  expect(lines.at(-1)).toContain("all 2 nodes are Ready");
});

test("goes on asking while a node is missing", async () => {
  kubectlTells(["control-1"]);
  const stop = new AbortController();
  const { session } = testSession(stop.signal);
  let asked = 0;
  const checking = smokeCheck(session, nodes, (argv) => {
    asked += 1;
    if (asked === 2) stop.abort();
    return Promise.resolve([...argv]);
  });
  await expect(checking).rejects.toThrow();
  expect(asked).toBeGreaterThan(1);
});
