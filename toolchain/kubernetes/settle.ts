import { InitFailed, type Operation } from "../rpc/provider.ts";
import type { Properties } from "../rpc/value.ts";
import { awaitReady, NotReady, readySeconds } from "./awaitReady.ts";
import { type Checkpoint, toState } from "./checkpoint.ts";
import type { Cluster } from "./cluster.ts";
import { idOf, type Manifest } from "./manifest.ts";

/**
 * The state of an object that was just applied, once it is ready.
 *
 * @throws InitFailed with the state reached so far, so that the engine stores it and retries next
 * time
 */
export async function settle(
  applied: Manifest,
  {
    request,
    cluster,
    checkpoint,
  }: {
    request: Operation & { readonly inputs: Properties };
    cluster: Cluster;
    checkpoint: Omit<Checkpoint, "live">;
  },
): Promise<{ id: string; state: Properties }> {
  const { inputs } = request;
  const stateOf = (live: Manifest) => toState({ ...checkpoint, live }, inputs);
  try {
    const seconds = readySeconds(checkpoint.inputs);
    const live = await awaitReady(applied, { cluster, operation: request, seconds });
    return { id: idOf(live), state: stateOf(live) };
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    const { live, reasons } = error;
    throw new InitFailed(error.message, { id: idOf(live), state: stateOf(live), inputs, reasons });
  }
}
