import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { accessPaths } from "../../../tools/access/access.ts";
import { smokeCheck } from "../../../tools/access/smoke.ts";
import { enterNothing } from "../../../tools/place/place.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => void vi.unstubAllEnvs());

/** A kubectl that lists these nodes, each Ready. */
function kubectlTells(names: readonly string[], first = ""): void {
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
  writeFileSync(program, `#!/bin/sh\n${first}echo '${JSON.stringify({ items })}'\n`);
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

test.each<[string, Record<string, string>, string]>([
  ["a proxy is set", { HTTPS_PROXY: "http://proxy.example.org:3128", NO_PROXY: "" }, "10.17.0.10"],
  [
    "a proxy and exceptions are set",
    { http_proxy: "http://proxy.example.org:3128", NO_PROXY: "a.example.org", no_proxy: "b" },
    "a.example.org,b,10.17.0.10",
  ],
  ["no proxy is set", { NO_PROXY: "a.example.org" }, "a.example.org"],
])("kubectl asks the API directly if %s", async (_, environment, exceptions) => {
  kubectlTells(["control-1", "worker-1"], `echo "$NO_PROXY" >>"$HARDWAY_STATE/said"; `);
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const { kubeconfig } = accessPaths("test");
  mkdirSync(dirname(kubeconfig), { recursive: true });
  writeFileSync(kubeconfig, "clusters:\n- cluster:\n    server: https://10.17.0.10:6443\n");
  const { session } = testSession();
  await smokeCheck(session, nodes, enterNothing);
  const said = readFileSync(join(process.env.HARDWAY_STATE ?? "", "said"), "utf8");
  expect(said).toBe(`${exceptions}\n`);
});
