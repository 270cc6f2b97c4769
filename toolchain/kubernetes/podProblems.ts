import { idOf, type Manifest } from "./manifest.ts";

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: {
      readonly reason?: string;
      readonly message?: string;
      readonly exitCode?: number;
    };
  };
  readonly lastState?: ContainerStatus["state"];
}

interface PodStatus {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** Reasons for waiting that are not problems. */
const ON_THE_WAY = new Set(["ContainerCreating", "PodInitializing"]);

/**
 * The reasons why a pod is not ready, one a line: unschedulable, image pull fails, container
 * crashes.
 */
export function podProblems(pod: Manifest): string[] {
  const status = (pod.status ?? {}) as PodStatus;
  const problems: string[] = [];
  for (const { type, status: isSo, reason, message } of status.conditions ?? []) {
    if (type === "PodScheduled" && isSo === "False")
      problems.push(`${reason ?? ""}: ${message ?? ""}`);
  }
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const container of containers) {
    const { waiting, terminated } = container.state ?? {};
    if (waiting && !ON_THE_WAY.has(waiting.reason ?? "")) {
      const last = container.lastState?.terminated;
      const crash = last ? `, last exit code ${last.exitCode ?? "unknown"}` : "";
      problems.push(`container ${container.name}: ${said(waiting)}${crash}`);
    } else if (terminated && terminated.exitCode !== 0) {
      problems.push(
        `container ${container.name}: ${said(terminated)}, exit code ${terminated.exitCode ?? "unknown"}`,
      );
    } else if (container.ready === false && !waiting && !terminated) {
      problems.push(`container ${container.name}: runs, but is not ready`);
    }
  }
  return problems.map((problem) => `pod ${idOf(pod)}: ${problem}`);
}

function said({ reason = "", message = "" }: { reason?: string; message?: string }): string {
  return [reason, message].filter((part) => part !== "").join(": ");
}
