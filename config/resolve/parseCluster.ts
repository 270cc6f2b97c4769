import {
  type ConfigKeys,
  flaggedPrograms,
  type GuestSettings,
  type HardwareKey,
  type LabNode,
} from "../../model/lab.ts";
import type { ConfigProblem } from "../messages/problem.ts";
import { salvage } from "../messages/salvage.ts";
import { shapeProblems } from "../messages/shapeProblems.ts";
import { brokenRules } from "../rules/brokenRules.ts";
import { type FitConfig, fitConfig, inSchemasWords, withoutUnfit } from "../rules/unfitValues.ts";
import { type ClusterConfig, clusterSchema } from "../schema/clusterSchema.ts";
import { isPlainIn, readableSecrets } from "./fileSecrets.ts";
import { hypervisorAt } from "./hypervisors.ts";
import { ambiguousValues } from "./stackFile.ts";

/**
 * All errors in `hardway:cluster`, of its shape and of its rules.
 *
 * @param text the file that it may have been read from
 */
export function clusterProblems(raw: unknown, text = ""): ConfigProblem[] {
  const { value, withSecrets, problems } = fitCluster(raw, text);
  const shape = shapeProblems(withSecrets);
  const unfit = inSchemasWords(problems, shape);
  const ambiguous = withoutUnfit(ambiguousValues(text, raw), unfit);
  const rules = brokenRules(salvage(clusterSchema, value) ?? {});
  return [...unfit, ...ambiguous, ...withoutUnfit([...shape, ...rules], [...unfit, ...ambiguous])];
}

/**
 * `hardway:cluster` without the parts that the other checks cannot read, and a problem for each.
 *
 * @param text the file that it may have been read from
 */
export function fitCluster(raw: unknown, text = ""): FitConfig {
  const fit = fitConfig(raw, (keys, secret) => isPlainIn(text, keys, secret));
  return { ...fit, problems: [...fit.problems, ...readableSecrets(text, raw)] };
}

/**
 * The nodes of a valid config, with those of pools expanded.
 *
 * @param absolute makes a path in the config absolute
 */
export function resolveNodes(config: ClusterConfig, absolute: (path: string) => string): LabNode[] {
  const single = Object.entries(config.nodes).map(
    ([name, node]): LabNode => ({
      name,
      keys: ["nodes", name],
      machine:
        node.host === undefined
          ? guestOf(
              config,
              ["nodes", name],
              node,
              node.hypervisor === undefined ? [] : [node.hypervisor],
            )
          : { kind: "existing", ...node.host, keyFile: absolute(node.host.keyFile) },
      roles: node.roles,
      address: node.address,
      ...settingsOfNode(config, node),
      labels: node.labels ?? {},
      taints: node.taints ?? [],
      ...systemOf(config, node),
    }),
  );
  const pooled = Object.entries(config.pools).flatMap(([pool, settings]) =>
    Array.from(
      { length: settings.count },
      (_, index): LabNode => ({
        name: `${pool}-${index + 1}`,
        keys: ["pools", pool, index],
        machine: guestOf(config, ["pools", pool], settings, settings.hypervisors ?? [], index),
        roles: settings.roles,
        address: settings.firstAddress.plus(index),
        ...settingsOfNode(config, settings),
        labels: settings.labels ?? {},
        taints: settings.taints ?? [],
        ...systemOf(config, settings),
      }),
    ),
  );
  return [...single, ...pooled];
}

/** A node's component settings: its own override the lab's, key by key. */
function settingsOfNode(
  lab: ClusterConfig,
  own: Pick<ClusterConfig["nodes"][string], "runtime" | "kubelet" | "kubeProxy" | "flags">,
): Pick<LabNode, "runtime" | "kubelet" | "kubeProxy" | "flags"> {
  const flags = flaggedPrograms
    .filter((program) => lab.flags[program] !== undefined || own.flags?.[program] !== undefined)
    .map((program) => [program, { ...lab.flags[program], ...own.flags?.[program] }] as const);
  return {
    runtime: own.runtime ?? lab.runtime,
    kubelet: { ...lab.kubelet, ...own.kubelet },
    kubeProxy: { ...lab.kubeProxy, ...own.kubeProxy },
    flags: Object.fromEntries(flags),
  };
}

/**
 * A node's system settings: its own override the lab's, by name and by path. Users are created only
 * on guests.
 */
function systemOf(
  lab: ClusterConfig,
  own: Pick<ClusterConfig["nodes"][string], "timeZone" | "users" | "files" | "host">,
): Pick<LabNode, "timeZone" | "users" | "files"> {
  const timeZone = own.timeZone ?? lab.timeZone;
  const users = own.host === undefined ? { ...lab.users, ...own.users } : {};
  const files = { ...lab.files, ...own.files };
  return {
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(Object.keys(users).length === 0 ? {} : { users }),
    ...(Object.keys(files).length === 0 ? {} : { files }),
  };
}

/**
 * @param keys the place of the node or pool
 * @param hypervisors their names, if the config gives the node some
 */
function guestOf(
  config: ClusterConfig,
  keys: ConfigKeys,
  own: { [K in HardwareKey]?: number | undefined },
  hypervisors: readonly string[],
  index?: number,
): GuestSettings {
  const { machines } = config;
  const etcdDiskGiB = own.etcdDiskGiB ?? machines.etcdDiskGiB;
  const hypervisor = hypervisorAt(config, hypervisors, index);
  const place = (key: HardwareKey): ConfigKeys =>
    own[key] === undefined ? ["machines", key] : [...keys, key];
  return {
    kind: "guest",
    setAt: {
      cpus: place("cpus"),
      memoryMiB: place("memoryMiB"),
      diskGiB: place("diskGiB"),
      etcdDiskGiB: place("etcdDiskGiB"),
    },
    cpus: own.cpus ?? machines.cpus,
    memoryMiB: own.memoryMiB ?? machines.memoryMiB,
    diskGiB: own.diskGiB ?? machines.diskGiB,
    ...(etcdDiskGiB === undefined ? {} : { etcdDiskGiB }),
    ...(hypervisor === undefined ? {} : { hypervisor }),
  };
}
