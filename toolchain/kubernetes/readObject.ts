import { InitFailed, type ReadRequest, type ReadResult } from "../rpc/provider.ts";
import { isArray, isPlainObject, type Properties, type Value } from "../rpc/value.ts";
import { Unreachable } from "./apiClient.ts";
import { checkReady, NotReady } from "./awaitReady.ts";
import { fromState, toState } from "./checkpoint.ts";
import type { KubernetesContext } from "./context.ts";
import { type Manifest, manifestOf, normalized, propertiesOf, withSecretsOf } from "./manifest.ts";
import { newFieldManager } from "./naming.ts";
import { isZero } from "./objectDiff.ts";

const GONE: ReadResult = { id: "", inputs: {}, state: {} };

/** The live object, for a refresh or an import; an empty id means that it no longer exists. */
export async function readObject(
  request: ReadRequest,
  context: KubernetesContext,
): Promise<ReadResult> {
  const old = fromState(request.state);
  const isImport = Object.keys(request.inputs).length === 0;
  const known = isImport ? old.live : manifestOf(request.inputs);
  const wanted = known.kind === "" ? manifestOfId(request.type, request.id) : known;
  const found = await find(wanted, request, context);
  if (found === "unchanged")
    return { id: request.id, inputs: request.inputs, state: request.state };
  if (!found) return GONE;

  const inputs = isImport
    ? withoutServerFields(found)
    : (pruned(propertiesOf(found), propertiesOf(manifestOf(request.inputs))) as Properties);
  const result: ReadResult = {
    id: request.id,
    inputs: withSecretsOf(inputs, request.inputs),
    state: toState(
      {
        live: found,
        inputs: manifestOf(inputs),
        initialApiVersion: old.initialApiVersion || found.apiVersion,
        fieldManager: old.fieldManager || newFieldManager(),
      },
      request.inputs,
    ),
  };
  if (isImport) return result;
  try {
    await checkReady(found, { cluster: context.cluster, signal: request.signal });
    return result;
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    throw new InitFailed(error.message, { ...result, reasons: error.reasons });
  }
}

async function find(
  wanted: Manifest,
  request: ReadRequest,
  { cluster, config }: KubernetesContext,
): Promise<Manifest | "unchanged" | undefined> {
  try {
    return await cluster.find(wanted, request.signal);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (config.deleteUnreachable) {
      await request.log({
        severity: "warning",
        text: `${error.message}; its objects are removed from the state (deleteUnreachable)`,
      });
      return undefined;
    }
    if (config.skipUpdateUnreachable) {
      await request.log({
        severity: "warning",
        text: `${error.message}; the state is unchanged (skipUpdateUnreachable)`,
      });
      return "unchanged";
    }
    throw new Error(
      `${error.message}; if the cluster is gone for good, PULUMI_K8S_DELETE_UNREACHABLE=true removes its objects from the state`,
      { cause: error },
    );
  }
}

/** The object with a type token and an id: `kubernetes:apps/v1:Deployment` and `namespace/name`. */
function manifestOfId(type: string, id: string): Manifest {
  const [, version = "", kind = ""] = type.split(":");
  const apiVersion = version.replace(/^core\//, "");
  const [name = "", namespace] = id.split("/").reverse();
  return { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) } };
}

/** The part of the live object that the inputs name, plus zero values that the server dropped. */
function pruned(live: Value, inputs: Value): Value {
  if (isPlainObject(live) && isPlainObject(inputs)) {
    return Object.fromEntries(
      Object.entries(inputs).flatMap(([name, input]) => {
        const value = live[name];
        if (value !== undefined) return [[name, pruned(value, input)]];
        return isZero(input) ? [[name, input]] : [];
      }),
    );
  }
  if (isArray(live) && isArray(inputs)) {
    return live
      .slice(0, inputs.length)
      .map((element, index) => pruned(element, inputs[index] ?? null));
  }
  return live;
}

function withoutServerFields(found: Manifest): Properties {
  const { metadata, ...rest } = normalized(found);
  const inputs = Object.entries(rest).filter(([name]) => name !== "status");
  return propertiesOf({ ...Object.fromEntries(inputs), metadata });
}
