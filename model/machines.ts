import type { MachineSettings } from "./lab.ts";

interface OnMachine {
  readonly machine: { readonly kind: MachineSettings["kind"] };
}

/** A node, in the config or in the plan, whose machine is a guest. */
export type OnGuest<Node extends OnMachine> = Node & {
  readonly machine: Extract<Node["machine"], { readonly kind: "guest" }>;
};

export const isGuest = <Node extends OnMachine>(node: Node): node is OnGuest<Node> =>
  node.machine.kind === "guest";

/** The nodes whose machines are created by the program. */
export const guestsIn = <Node extends OnMachine>(nodes: readonly Node[]): OnGuest<Node>[] =>
  nodes.filter(isGuest);
