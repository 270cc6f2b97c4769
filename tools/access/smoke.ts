import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import { poll } from "../../base/poll.ts";
import { tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import type { Role } from "../../model/roles.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { Enter } from "../place/place.ts";
import { accessPaths, kubectlEnvironment } from "./access.ts";
import { findKubectl } from "./kubectl.ts";

const nodesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        conditions: z
          .array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() }))
          .optional(),
        nodeInfo: z.object({ kubeletVersion: z.string() }).optional(),
      }),
    }),
  ),
});

/** A node's health as the API server reports it. */
export interface NodeHealth {
  readonly name: string;
  readonly ready: boolean;
  /** The kubelet's version, or why it is not ready. */
  readonly word: string;
}

/** The registered nodes. @throws UserError if the API does not answer within `timeoutMs` */
export async function nodeHealth(
  stack: string,
  enter: Enter,
  { signal, timeoutMs = 20_000 }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<NodeHealth[]> {
  const kubectl = await findKubectl();
  const bound = `--request-timeout=${Math.ceil(timeoutMs / 1000)}s`;
  const kubeconfig = `--kubeconfig=${accessPaths(stack).kubeconfig}`;
  const [command = "", ...args] = await enter([
    kubectl,
    kubeconfig,
    bound,
    "get",
    "nodes",
    "-o",
    "json",
  ]);
  const env = await kubectlEnvironment(stack);
  const result = await tryRun(command, args, { signal, env, timeoutMs: timeoutMs + 5_000 });
  if (result.failure !== "") {
    const said = result.stderr.trim().split("\n").at(-1) ?? "";
    throw new UserError(`the API does not answer: ${said || result.failure}`);
  }
  return nodesSchema.parse(JSON.parse(result.stdout)).items.map(({ metadata, status }) => {
    const condition = status.conditions?.find(({ type }) => type === "Ready");
    const ready = condition?.status === "True";
    const version = status.nodeInfo?.kubeletVersion ?? "";
    const word = ready ? version : (condition?.message ?? "no status yet");
    return { name: metadata.name, ready, word };
  });
}

/** Long enough for emulated machines. */
const withinMs = 10 * 60_000;

/**
 * Waits until every Kubernetes node of the lab is Ready.
 *
 * @throws UserError that lists the nodes that are not Ready, with the reason
 */
export async function smokeCheck(
  { stack, signal, terminal }: Session,
  nodes: readonly { readonly name: string; readonly roles: readonly Role[] }[],
  enter: Enter,
): Promise<NodeHealth[]> {
  // Nodes that only balance load or run etcd never register.
  const names = nodes.filter(isKubernetesNode).map(({ name }) => name);
  const view = terminal.task("smoke", "waiting for every node to be Ready");
  let last = "the API has not answered";
  const look = async (): Promise<NodeHealth[] | undefined> => {
    try {
      const health = await nodeHealth(stack, enter, { signal });
      const missing = names.filter(
        (name) => !health.some((node) => node.name === name && node.ready),
      );
      if (missing.length === 0) return health;
      const word = (name: string) =>
        health.find((node) => node.name === name)?.word ?? "not registered";
      last = missing.map((name) => `${name}: ${word(name)}`).join("; ");
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      last = error.message;
    }
    view.report(last);
    return undefined;
  };
  try {
    const health = await poll(look, { what: "nodes", withinMs, everyMs: 1000, signal });
    view.done(`all ${names.length} nodes are Ready`);
    return health;
  } catch (error) {
    view.done("failed");
    signal.throwIfAborted();
    const remedy = `\`${labCommand(stack, "ssh NODE")}\` and \`${labCommand(stack, "console NODE")}\` show more`;
    throw new UserError(`not every node is Ready: ${last}; ${remedy}`, { cause: error });
  }
}
