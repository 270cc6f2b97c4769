import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { configPage } from "../../../config/generate/configPage.ts";
import { stackSchema } from "../../../config/generate/stackSchema.ts";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";
import { kubeletModule } from "../../../config/schema/kubelet.ts";
import { kubeProxyModule } from "../../../config/schema/kubeProxy.ts";
import featureGates from "../../../config/upstream/featureGates.json" with { type: "json" };
import names from "../../../config/upstream/names.json" with { type: "json" };
import { versions } from "../../../model/versions.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("docs/stack.schema.json is what config/schema/clusterSchema.ts says; node config/generate/writeSchema.ts writes it", () => {
  expect(JSON.parse(read("docs/stack.schema.json"))).toEqual(stackSchema());
});

test("recorded settings are of the pinned Kubernetes; node toolchain/record/recordKubelet.ts and recordKubeProxy.ts record them", () => {
  const pinned = versions.kubernetes.replace(/^v1\./, "v0.");
  expect([kubeletModule, kubeProxyModule]).toEqual([pinned, pinned]);
});

test("recorded gates and names are of the pinned programs; node toolchain/record/recordFeatureGates.ts and recordNames.ts record them", () => {
  expect([featureGates.kubernetesModules, names.kubernetesModules]).toEqual([
    versions.kubernetes,
    versions.kubernetes,
  ]);
  expect(names.etcdModule).toBe(versions.etcd);
});

test("Pulumi.dev.yaml names the schema, keeps it, and breaks no rule", () => {
  const text = read("Pulumi.dev.yaml");
  expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=docs/stack.schema.json");
  const file = parse(text) as { config: Record<string, unknown> };
  const schema = z.fromJSONSchema(stackSchema() as never);
  expect(schema.safeParse(file).error).toBeUndefined();
  expect(clusterProblems(file.config["hardway:cluster"])).toEqual([]);
});

test.each([
  "config: {hardway:cluster: {nodes: {Worker_1: {roles: [worker], address: 10.17.0.11}}}}",
  "config: {hardway:cluster: {nodes: {a: {roles: [worke], address: 10.17.0.11}}}}",
  "config: {hardway:cluster: {network: {podCidr: 10.200.0.0/16}}}",
  "config: {hardway:cluster: {network: {pods: 10.200.0.0}}}",
  "config: {hardway:cluster: {machines: {memoryMiB: 512}}}",
  "config: {hardway:cluster: {kubelet: {maxPod: 50}}}",
  "config: {hardway:cluster: {kubelet: {readOnlyPort: 10255}}}",
  "config: {hardway:cluster: {timeZone: berlin}}",
  "config: {hardway:cluster: {users: {Ada: {}}}}",
  "config: {hardway:cluster: {files: {motd: {content: hello}}}}",
  "config: {hardway:cluster: {files: {/etc/motd: {content: hello, mode: 644}}}}",
  "config: {}",
])("an editor underlines the mistake in %s", (text) => {
  const schema = z.fromJSONSchema(stackSchema() as never);
  expect(schema.safeParse(parse(text)).success).toBe(false);
});

test("docs/config.md is what config/schema/clusterSchema.ts says; node config/generate/writeSchema.ts writes it", () => {
  expect(read("docs/config.md")).toBe(configPage());
});

test("the examples in docs/config.md are right, and its error is what a person reads", () => {
  const [problems = "", smallest = "", kubelet = ""] = [
    ...read("docs/config.md").matchAll(/^```\w*\n([\s\S]*?)^```/gm),
  ].map(([, text]) => text);
  const { config } = parse(smallest) as { config: Record<string, object> };
  const lab = config["hardway:cluster"] ?? {};
  expect(clusterProblems(lab)).toEqual([]);
  expect(clusterProblems({ ...lab, ...(parse(kubelet) as object) })).toEqual([]);
  const wrong = {
    podCidr: "10.1.0.0/16",
    nodes: { "control-1": { roles: ["control-plane"], address: "10.17.1.11" } },
  };
  const lines = clusterProblems(wrong).map(({ path, message }) => `  ${path}: ${message}`);
  expect(
    problems
      .replaceAll(/ \(line \d+\)/g, "")
      .split("\n")
      .slice(1, -1)
      .sort(),
  ).toEqual(lines.sort());
});
