import type { Cluster } from "./cluster.ts";
import { describe, type Manifest } from "./manifest.ts";
import { podProblems } from "./podProblems.ts";

/** An object's progress. */
export interface Readiness {
  readonly isReady: boolean;
  /** The awaited condition, for the display: `1 of 2 pods available`. */
  readonly waitingFor: string;
  /** True if the object cannot become ready. */
  readonly isHopeless?: boolean;
}

const READY: Readiness = { isReady: true, waitingFor: "" };

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

type Shown = Manifest & {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
};

type Judge = (
  object: Shown,
  context: { cluster: Cluster; signal: AbortSignal },
) => Readiness | Promise<Readiness>;

/** By group and kind; objects of other kinds are ready once they exist. */
const judges: Readonly<Record<string, Judge>> = {
  "apps/Deployment": deployment,
  "apps/DaemonSet": daemonSet,
  "apps/StatefulSet": statefulSet,
  "batch/Job": job,
  "/Pod": pod,
  "/Namespace": ({ status }) => unless(status?.phase === "Active", "the namespace to be active"),
  "/Service": service,
  "/PersistentVolumeClaim": claim,
  "apiextensions.k8s.io/CustomResourceDefinition": (object) => {
    const isDone = isTrue(object, "Established") && isTrue(object, "NamesAccepted");
    return unless(isDone, "the definition to be established");
  },
  "apiregistration.k8s.io/APIService": (object) => {
    const message = conditionOf(object, "Available")?.message ?? "not checked yet";
    return unless(isTrue(object, "Available"), `its service: ${message}`);
  },
};

/** An object's progress, by the official plugin's rules. */
export async function readinessOf(
  object: Manifest,
  context: { cluster: Cluster; signal: AbortSignal },
): Promise<Readiness> {
  const [group = ""] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : [""];
  return (await judges[`${group}/${object.kind}`]?.(object, context)) ?? READY;
}

/** The detailed reasons why an object is not ready: the problems of its pods. */
export async function problemsOf(
  object: Manifest,
  { cluster, signal }: { cluster: Cluster; signal: AbortSignal },
): Promise<readonly string[]> {
  if (object.kind === "Pod") return podProblems(object);
  const { spec } = object as Shown;
  const selector = spec?.selector as { matchLabels?: Record<string, string> } | undefined;
  const labels = selector?.matchLabels;
  if (!labels || !["Deployment", "DaemonSet", "StatefulSet", "Job"].includes(object.kind))
    return [];
  const pods = await cluster.list(
    { apiVersion: "v1", kind: "Pod" },
    {
      namespace: object.metadata.namespace ?? "default",
      query: {
        labelSelector: Object.entries(labels)
          .map(([name, value]) => `${name}=${value}`)
          .join(","),
      },
      signal,
    },
  );
  return pods.flatMap(podProblems);
}

function unless(isReady: boolean, waitingFor: string): Readiness {
  return isReady ? READY : { isReady, waitingFor };
}

function conditionOf({ status }: Shown, type: string): Condition | undefined {
  const conditions = (status?.conditions ?? []) as readonly Condition[];
  return conditions.find((condition) => condition.type === type);
}

function isTrue(object: Shown, type: string): boolean {
  return conditionOf(object, type)?.status === "True";
}

function count(
  part: Readonly<Record<string, unknown>> | undefined,
  name: string,
  missing = 0,
): number {
  const value = part?.[name];
  return typeof value === "number" ? value : missing;
}

/** True if the status includes the last change; before that the status is outdated. */
function isObserved({ metadata, status }: Shown): boolean {
  return count(status, "observedGeneration") >= (metadata.generation ?? 0);
}

const NOT_OBSERVED: Readiness = {
  isReady: false,
  waitingFor: "the controller to process the change",
};

function deployment(object: Shown): Readiness {
  if (!isObserved(object)) return NOT_OBSERVED;
  const { spec, status } = object;
  const wanted = count(spec, "replicas", 1);
  const updated = count(status, "updatedReplicas");
  const available = count(status, "availableReplicas");
  const progress = conditionOf(object, "Progressing");
  if (progress?.reason === "ProgressDeadlineExceeded") {
    return {
      isReady: false,
      waitingFor: `progress: ${progress.message ?? "none within its deadline"}`,
    };
  }
  if (updated < wanted)
    return { isReady: false, waitingFor: `pods of the new version: ${updated} of ${wanted}` };
  if (count(status, "replicas") > updated)
    return { isReady: false, waitingFor: "pods of the old version to terminate" };
  return unless(available >= wanted, `available pods: ${available} of ${wanted}`);
}

function daemonSet(object: Shown): Readiness {
  if (!isObserved(object)) return NOT_OBSERVED;
  const { status } = object;
  const wanted = count(status, "desiredNumberScheduled");
  const updated = count(status, "updatedNumberScheduled");
  const available = count(status, "numberAvailable");
  if (updated < wanted)
    return { isReady: false, waitingFor: `pods of the new version: ${updated} of ${wanted}` };
  return unless(available >= wanted, `available pods: ${available} of ${wanted}`);
}

function statefulSet(object: Shown): Readiness {
  if (!isObserved(object)) return NOT_OBSERVED;
  const { spec, status } = object;
  const wanted = count(spec, "replicas", 1);
  const ready = count(status, "readyReplicas");
  const updated = count(status, "updatedReplicas");
  const rolled = rolledPods(spec, wanted);
  if (updated < rolled)
    return { isReady: false, waitingFor: `pods of the new version: ${updated} of ${rolled}` };
  return unless(ready >= wanted, `ready pods: ${ready} of ${wanted}`);
}

/**
 * The number of pods that the controller itself updates; the others wait until a user deletes them.
 */
function rolledPods(spec: Shown["spec"], wanted: number): number {
  const strategy = spec?.updateStrategy as
    | { type?: string; rollingUpdate?: { partition?: number } }
    | undefined;
  if (strategy?.type === "OnDelete") return 0;
  return wanted - (strategy?.rollingUpdate?.partition ?? 0);
}

function job(object: Shown): Readiness {
  const failed = conditionOf(object, "Failed");
  if (failed?.status === "True") {
    const why = failed.message ?? failed.reason ?? "no reason given";
    return {
      isReady: false,
      isHopeless: true,
      waitingFor: `its completion, but it failed: ${why}`,
    };
  }
  return unless(isTrue(object, "Complete"), "the job to complete");
}

function pod(object: Shown): Readiness {
  const phase = object.status?.phase;
  if (phase === "Failed") {
    return { isReady: false, isHopeless: true, waitingFor: "the pod to be ready, but it failed" };
  }
  return unless(phase === "Succeeded" || isTrue(object, "Ready"), "the pod to be ready");
}

/**
 * A Service with a selector is ready with its first ready pod, a LoadBalancer Service with its
 * address.
 */
async function service(
  object: Shown,
  { cluster, signal }: { cluster: Cluster; signal: AbortSignal },
): Promise<Readiness> {
  const { spec, status, metadata } = object;
  if (spec?.type === "LoadBalancer") {
    const { ingress = [] } = (status?.loadBalancer ?? {}) as { ingress?: readonly unknown[] };
    if (ingress.length === 0)
      return { isReady: false, waitingFor: "an address from the load balancer" };
  }
  const hasSelector = Object.keys(spec?.selector ?? {}).length > 0;
  if (!hasSelector || spec?.type === "ExternalName" || spec?.clusterIP === "None") return READY;
  const slices = await cluster.list(
    { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
    {
      namespace: metadata.namespace ?? "default",
      query: { labelSelector: `kubernetes.io/service-name=${metadata.name ?? ""}` },
      signal,
    },
  );
  const endpoints = slices.flatMap(
    (slice) => (slice.endpoints ?? []) as readonly { conditions?: { ready?: boolean } }[],
  );
  return unless(
    endpoints.some(({ conditions }) => conditions?.ready !== false),
    "a ready pod that its selector matches",
  );
}

/** A claim of a class that binds late is ready before a pod uses it. */
async function claim(
  object: Shown,
  { cluster, signal }: { cluster: Cluster; signal: AbortSignal },
): Promise<Readiness> {
  if (object.status?.phase === "Bound") return READY;
  const name = object.spec?.storageClassName;
  if (typeof name === "string" && name !== "") {
    const found = await cluster.find(
      { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name } },
      signal,
    );
    if (found?.volumeBindingMode === "WaitForFirstConsumer") return READY;
  }
  return { isReady: false, waitingFor: `${describe(object)} to be bound to a volume` };
}
