import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cachePaths } from "../../../base/paths.ts";
import { devCluster as dev, labOf, planOf } from "../../../harness/program/labs.ts";
import { versions } from "../../../model/versions.ts";
import type { NodePlan } from "../../../plan/clusterPlan.ts";
import type { DryProgram } from "../../../tools/dryRun/dryRun.ts";
import { dryRunsOf } from "../../../tools/dryRun/dryRuns.ts";
import { runDry } from "../../../tools/dryRun/runDry.ts";
import { temporaryDirectory } from "../tools/temporary.ts";

/** With KVM: hardway gives emulated machines more time. */
const devCluster = { ...dev, machines: { domainType: "kvm" } };

/** The pinned program among the parts that were built here; undefined if there is none. */
export function builtProgram(program: DryProgram): string | undefined {
  const [part, version] =
    program === "etcd" ? ["etcd", versions.etcd] : ["kubernetes", versions.kubernetes];
  const parts = join(cachePaths().parts, part);
  const keys = existsSync(parts) ? readdirSync(parts) : [];
  return keys
    .map((key) => join(parts, key, "bin", program))
    .find(
      (path) =>
        existsSync(path) &&
        execFileSync(path, ["--version"], { encoding: "utf8" }).includes(version.replace(/^v/, "")),
    );
}

/** A node's settings of one program, whether the rules accept them or not. */
export type Settings = Readonly<Record<string, unknown>>;

/** The real program's refusal of these settings of a node; undefined if it accepts them. */
export async function refusalOf(
  program: DryProgram,
  settings: Settings,
  cluster: object = devCluster,
): Promise<string | undefined> {
  const plan = planOf(labOf(cluster));
  const [node] = plan.nodes;
  const path = builtProgram(program);
  if (node === undefined || path === undefined) throw new Error(`no ${program} here`);
  const changed = {
    ...plan,
    etcd: {
      ...plan.etcd,
      members: plan.etcd.members.map((member) =>
        program === "etcd"
          ? { ...member, flags: settings as NodePlan["flags"]["etcd"] & {} }
          : member,
      ),
    },
  };
  const run = dryRunsOf(changed, withSettings(node, program, settings)).find(
    (one) => one.program === program,
  );
  if (run === undefined) throw new Error(`${node.name} does not run ${program}`);
  const verdict = await runDry(run, { path, sha256: program }, { cache: temporaryDirectory() });
  if ("unknown" in verdict) throw new Error(`${program}: ${verdict.unknown}`);
  return verdict.refusal;
}

function withSettings(node: NodePlan, program: DryProgram, settings: Settings): NodePlan {
  switch (program) {
    case "kubelet":
      return { ...node, kubelet: settings };
    case "kube-proxy":
      return { ...node, kubeProxy: settings };
    default:
      return { ...node, flags: { [program]: settings } };
  }
}

/** The same settings in a config of the lab. */
export function configWith(program: DryProgram, settings: Settings, cluster: object = devCluster) {
  switch (program) {
    case "kubelet":
      return { ...cluster, kubelet: settings };
    case "kube-proxy":
      return { ...cluster, kubeProxy: settings };
    default:
      return { ...cluster, flags: { [program]: settings } };
  }
}
