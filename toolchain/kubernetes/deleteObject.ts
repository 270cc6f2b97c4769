import { pause } from "../../base/pause.ts";
import type { DeleteRequest } from "../rpc/provider.ts";
import { Unreachable } from "./apiClient.ts";
import { fromState } from "./checkpoint.ts";
import type { KubernetesContext } from "./context.ts";
import { inPlace } from "./createObject.ts";
import { annotation, describe, type Manifest } from "./manifest.ts";

/** Default time limit for a deletion, without customTimeouts and annotation. */
const DEFAULT_SECONDS = 600;

const POLL = { firstMilliseconds: 100, factor: 1.3, maxMilliseconds: 1_500 };

/** Deletes an object with its dependents, and waits until it no longer exists. */
export async function deleteObject(
  request: DeleteRequest,
  context: KubernetesContext,
): Promise<void> {
  const { live, inputs } = fromState(request.state);
  const { cluster, config } = context;
  try {
    await cluster.delete(live, { propagation: propagationOf(inputs), signal: request.signal });
  } catch (error) {
    if (!(error instanceof Unreachable)) throw inPlace(error, live);
    if (config.deleteUnreachable) {
      await request.log({
        severity: "warning",
        text: `${error.message}; removed from the state (deleteUnreachable)`,
      });
      return;
    }
    throw new Error(
      `${error.message}; if the cluster is gone for good, PULUMI_K8S_DELETE_UNREACHABLE=true removes its objects from the state`,
      { cause: error },
    );
  }
  await awaitGone(live, request, context);
}

function propagationOf(inputs: Manifest): string {
  switch (annotation(inputs, "pulumi.com/deletionPropagationPolicy")?.toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}

async function awaitGone(
  live: Manifest,
  request: DeleteRequest,
  { cluster }: KubernetesContext,
): Promise<void> {
  if (annotation(live, "pulumi.com/skipAwait") === "true") return;
  const annotated = Number(annotation(live, "pulumi.com/timeoutSeconds"));
  const seconds = annotated > 0 ? annotated : DEFAULT_SECONDS;
  const limit = AbortSignal.timeout(seconds * 1000);
  const signal = AbortSignal.any([request.signal, limit]);
  let held: string | undefined;
  try {
    for (
      let wait = POLL.firstMilliseconds;
      ;
      wait = Math.min(wait * POLL.factor, POLL.maxMilliseconds)
    ) {
      const found = await cluster.find(live, signal);
      // Another object may have the same name by now.
      if (!found || found.metadata.uid !== live.metadata.uid) return;
      const finalizers = (found.metadata.finalizers ?? []) as readonly string[];
      const now = finalizers.join(", ");
      if (now !== held && now !== "") {
        await request.log({
          severity: "info",
          text: `waiting for its finalizers: ${now}`,
          ephemeral: true,
        });
      }
      held = now;
      await pause(wait, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw inPlace(error, live);
    const why =
      limit.aborted && !request.signal.aborted
        ? `it still existed after ${seconds} s`
        : (request.signal.reason as Error).message;
    throw new Error(`${describe(live)}: ${why}${held ? `; finalizers hold it: ${held}` : ""}`, {
      cause: error,
    });
  }
}
