import { pause } from "../../base/pause.ts";
import type { CreateRequest } from "../rpc/provider.ts";
import { containsUnknown, type Properties } from "../rpc/value.ts";
import { ApiError, Unreachable } from "./apiClient.ts";
import { toState } from "./checkpoint.ts";
import { type Cluster, isNotFound, UnknownKind } from "./cluster.ts";
import type { KubernetesContext } from "./context.ts";
import { annotation, describe, type Manifest, manifestOf } from "./manifest.ts";
import { newFieldManager } from "./naming.ts";
import { settle } from "./settle.ts";

/** The object's namespace or definition may be created in parallel, a little later. */
const RETRY_MILLISECONDS = [500, 1_000, 2_000, 4_000, 8_000];

/** Creates an object and waits until it is ready. */
export async function createObject(
  request: CreateRequest,
  context: KubernetesContext,
): Promise<{ id: string; state: Properties }> {
  const manifest = manifestOf(request.inputs);
  const fieldManager = annotation(manifest, "pulumi.com/patchFieldManager") ?? newFieldManager();
  if (request.isPreview)
    return { id: "", state: await previewState(request, { manifest, fieldManager, context }) };

  const applied = await applyNew(request, { manifest, fieldManager, context });
  const checkpoint = { inputs: manifest, initialApiVersion: manifest.apiVersion, fieldManager };
  return settle(applied, { request, cluster: context.cluster, checkpoint });
}

interface Making {
  readonly manifest: Manifest;
  readonly fieldManager: string;
  readonly context: KubernetesContext;
}

async function applyNew(request: CreateRequest, making: Making): Promise<Manifest> {
  const { manifest, fieldManager, context } = making;
  const { cluster, config } = context;
  const { signal } = request;
  const isForced =
    config.enablePatchForce || annotation(manifest, "pulumi.com/patchForce") === "true";
  for (let attempt = 0; ; attempt++) {
    try {
      if (!config.upsertExistingObjects) await assertNew(manifest, { cluster, signal });
      return await cluster.apply(manifest, { fieldManager, isForced, isDryRun: false, signal });
    } catch (error) {
      const wait = RETRY_MILLISECONDS[attempt];
      const mayCome = error instanceof UnknownKind || isNotFound(error);
      if (!mayCome || wait === undefined) throw inPlace(error, manifest);
      const text = `retrying: ${(error as Error).message}`;
      await request.log({ severity: "info", text, ephemeral: true });
      await pause(wait, signal);
    }
  }
}

async function assertNew(
  manifest: Manifest,
  { cluster, signal }: { cluster: Cluster; signal: AbortSignal },
): Promise<void> {
  if (!(await cluster.find(manifest, signal))) return;
  throw new Error(
    "already exists, and is not part of this stack; delete it, import it, or set upsertExistingObjects on the provider to adopt it",
  );
}

/** An error prefixed with the object that it is about. */
export function inPlace(error: unknown, manifest: Manifest): unknown {
  if (!(error instanceof Error)) return error;
  const causes = error instanceof ApiError && error.reason ? ` (${error.reason})` : "";
  return new Error(`${describe(manifest)}: ${error.message}${causes}`, { cause: error });
}

/**
 * The server's dry-run result. If it is not available (missing namespace, unreachable cluster,
 * missing permission), the inputs.
 */
export async function previewState(
  request: { readonly inputs: Properties; readonly signal: AbortSignal },
  { manifest, fieldManager, context }: Making,
): Promise<Properties> {
  if (containsUnknown(request.inputs)) return request.inputs;
  try {
    const planned = await context.cluster.impatient().apply(manifest, {
      fieldManager,
      isForced: true,
      isDryRun: true,
      signal: request.signal,
    });
    // A status would claim that the object is already in its future state.
    const live = Object.fromEntries(
      Object.entries(planned).filter(([name]) => name !== "status"),
    ) as Manifest;
    const { apiVersion } = manifest;
    return toState(
      { live, inputs: manifest, initialApiVersion: apiVersion, fieldManager },
      request.inputs,
    );
  } catch (error) {
    const isUnsaid = error instanceof UnknownKind || error instanceof Unreachable;
    const isRefused =
      error instanceof ApiError &&
      (error.isImmutable || [401, 403, 404, 409].includes(error.status));
    if (isUnsaid || isRefused) return request.inputs;
    throw inPlace(error, manifest);
  }
}
