import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { cachePaths } from "../../../base/paths.ts";
import { devCluster, labOf, planOf } from "../../../harness/program/labs.ts";
import { blobPath } from "../../../mirror/store.ts";
import { programProblems } from "../../../tools/dryRun/programProblems.ts";
import { temporaryDirectory } from "../tools/temporary.ts";
import { builtProgram } from "./programs.ts";

/** A lab whose mirror has these files of programs. */
async function labWith(programs: Readonly<Record<string, string>>, cluster: object = devCluster) {
  const cache = temporaryDirectory();
  const lab = labOf(cluster);
  const plan = planOf(lab);
  const artifacts = { ...plan.artifacts };
  for (const [name, file] of Object.entries(programs) as [keyof typeof artifacts, string][]) {
    const sha256 = createHash("sha256").update(name).digest("hex");
    artifacts[name] = { ...artifacts[name], sha256 };
    await mkdir(dirname(blobPath(cache, sha256)), { recursive: true });
    await copyFile(file, blobPath(cache, sha256));
  }
  return { cache, described: { lab, plan: { ...plan, artifacts }, raw: cluster } };
}

/** A script instead of a program; it counts its starts. */
async function script(text: string): Promise<{ file: string; starts: () => Promise<number> }> {
  const directory = temporaryDirectory();
  const [file, log] = [`${directory}/program`, `${directory}/log`];
  await writeFile(file, `#!/bin/sh\necho start >> ${log}\n${text}\n`);
  return { file, starts: async () => (await readFile(log, "utf8")).trim().split("\n").length };
}

const klog = (reason: string) =>
  `echo 'E0101 00:00:00.000000 1 run.go:72] "command failed" err="${reason}"' >&2; exit 1`;

test("programs that the mirror does not have are not checked", async () => {
  const { cache, described } = await labWith({});
  const { problems, notChecked } = await programProblems(described, { cache });
  expect(problems).toEqual([]);
  expect(notChecked.map(({ what }) => what)).toEqual([
    "settings of kubelet, kube-proxy, kube-apiserver, kube-controller-manager, kube-scheduler, etcd",
  ]);
});

test("a refusal is at the setting that it names, and equal nodes share it", async () => {
  const { file, starts } = await script(klog(String.raw`maxPods (--max-pods) \"7\" is odd`));
  const pools = { worker: { ...devCluster.pools.worker, kubelet: { maxPods: 7 } } };
  const { cache, described } = await labWith({ kubelet: file }, { ...devCluster, pools });
  const first = await programProblems(described, { cache });
  expect(first.problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    'kubelet: kubelet v1.36.4 would not start on control-1: maxPods (--max-pods) "7" is odd; change or remove the setting',
    'pools.worker.kubelet.maxPods: kubelet v1.36.4 would not start on worker-1 and 1 more: maxPods (--max-pods) "7" is odd; change or remove the setting',
  ]);
  expect(await programProblems(described, { cache })).toEqual(first);
  expect(await starts()).toBe(2);
});

test.each([
  ["unrecognized feature gate: NodeSwapp", "flags.kube-scheduler.feature-gates"],
  ["foo.example.org is no metric", "flags.kube-scheduler.disabled-metrics"],
  ["leaderElection.leaseDuration is odd", "flags.kube-scheduler"],
])("the place of the refusal: %s", async (reason, place) => {
  const { file } = await script(klog(reason));
  const flags = { v: 4, "feature-gates": "AllAlpha=false", "disabled-metrics": "foo.example.org" };
  const cluster = { ...devCluster, flags: { "kube-scheduler": flags } };
  const { cache, described } = await labWith({ "kube-scheduler": file }, cluster);
  const { problems } = await programProblems(described, { cache });
  expect(problems.map(({ path }) => path)).toEqual([place]);
});

test("of a list of errors, those of the missing files are no refusal", async () => {
  const missing = "missing/file: no such file or directory";
  const refused = await script(klog(`[open ${missing}, burst is odd]`));
  const fine = await script(klog(`[stat ${missing}, stat ${missing}]`));
  const { cache, described } = await labWith({
    "kube-apiserver": refused.file,
    "kube-scheduler": fine.file,
  });
  const { problems } = await programProblems(described, { cache });
  expect(problems.map(({ message }) => message)).toEqual([
    "kube-apiserver v1.36.4 would not start on control-1: burst is odd; change or remove the setting",
  ]);
});

test("a program that cannot run here, or says nothing, is not checked", async () => {
  const { file } = await script("echo no memory >&2; exit 3");
  const { cache, described } = await labWith({ "kube-scheduler": file });
  const { problems, notChecked } = await programProblems(described, { cache });
  expect(problems).toEqual([]);
  expect(notChecked).toContainEqual({ what: "settings of kube-scheduler", why: "no memory" });
  // It is asked again next time.
  await expect(readdir(cachePaths(cache).dryRuns)).rejects.toThrow("ENOENT");
});

const kubelet = builtProgram("kubelet");

test.skipIf(kubelet === undefined)("the real kubelet accepts hardway's own config", async () => {
  const { cache, described } = await labWith({ kubelet: kubelet ?? "" });
  const { problems, notChecked } = await programProblems(described, { cache });
  expect(problems).toEqual([]);
  expect(notChecked.map(({ what }) => what)).toEqual([
    "settings of kube-proxy, kube-apiserver, kube-controller-manager, kube-scheduler, etcd",
  ]);
});
