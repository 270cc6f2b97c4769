import type { UpdateRequest } from "../rpc/provider.ts";
import type { Properties } from "../rpc/value.ts";
import { ApiError } from "./apiClient.ts";
import { fromState } from "./checkpoint.ts";
import type { KubernetesContext } from "./context.ts";
import { inPlace, previewState } from "./createObject.ts";
import { takeOverCreation } from "./fieldManagers.ts";
import { annotation, type Manifest, manifestOf } from "./manifest.ts";
import { newFieldManager } from "./naming.ts";
import { settle } from "./settle.ts";

/** Applies new inputs to an object and waits until it is ready again. */
export async function updateObject(
  request: UpdateRequest,
  context: KubernetesContext,
): Promise<{ state: Properties }> {
  const old = fromState(request.state);
  const manifest = manifestOf(request.inputs);
  const fieldManager =
    annotation(manifest, "pulumi.com/patchFieldManager") || old.fieldManager || newFieldManager();
  if (request.isPreview)
    return { state: await previewState(request, { manifest, fieldManager, context }) };

  const applied = await applyTo(manifest, { fieldManager, request, context });
  const { initialApiVersion } = old;
  const checkpoint = { inputs: manifest, initialApiVersion, fieldManager };
  return settle(applied, { request, cluster: context.cluster, checkpoint });
}

async function applyTo(
  manifest: Manifest,
  {
    fieldManager,
    request,
    context,
  }: { fieldManager: string; request: UpdateRequest; context: KubernetesContext },
): Promise<Manifest> {
  const { cluster, config } = context;
  const { signal } = request;
  const isForced =
    config.enablePatchForce || annotation(manifest, "pulumi.com/patchForce") === "true";
  try {
    const live = await cluster.find(manifest, signal);
    if (live && manifest.kind === "CustomResourceDefinition") {
      // Replaced as a whole: apply would keep versions that were dropped from the definition.
      const { resourceVersion } = live.metadata;
      const metadata = { ...manifest.metadata, resourceVersion };
      return await cluster.replace(
        { ...manifest, metadata },
        {
          fieldManager,
          isDryRun: false,
          signal,
        },
      );
    }
    if (live) await takeOverCreation(live, { cluster, fieldManager, signal });
    return await cluster.apply(manifest, { fieldManager, isForced, isDryRun: false, signal });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409 || isForced)
      throw inPlace(error, manifest);
    const conflict = new Error(
      `another client has changed fields that this resource sets: ${error.message}; set enablePatchForce on the provider, or the annotation pulumi.com/patchForce, to overwrite them`,
      { cause: error },
    );
    throw inPlace(conflict, manifest);
  }
}
