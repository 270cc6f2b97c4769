import type { Box, Graph } from "./foldGraph.ts";

/** Where each stage stands, by hand: columns follow time, rows keep edges from crossing boxes. */

export interface Placed {
  readonly box: Box;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Lane {
  readonly title: string;
  readonly y: number;
  readonly height: number;
}

export interface Layout {
  readonly lanes: readonly Lane[];
  readonly placed: readonly Placed[];
  readonly width: number;
  readonly height: number;
}

export const boxHeight = 46;
const rowGap = 16;
const laneGap = 10;
const laneTitle = 30;
const lanePadding = 14;
const margin = 14;

interface Place {
  readonly column: number;
  /** Rows from the top of the lane; halves stand between two. */
  readonly row: number;
}

const columns: readonly { readonly x: number; readonly width: number }[] = [
  { x: 28, width: 150 },
  { x: 216, width: 128 },
  { x: 382, width: 118 },
  { x: 530, width: 152 },
  { x: 724, width: 212 },
  { x: 974, width: 156 },
];

const shared: Readonly<Record<string, Place>> = {
  authorities: { column: 0, row: 0 },
  guests: { column: 0, row: 1 },
  addons: { column: 5, row: 0.5 },
};

const controlPlane: Readonly<Record<string, Place>> = {
  guests: { column: 1, row: 1 },
  hosts: { column: 1, row: 2 },
  etcd: { column: 2, row: 0 },
  "kube-apiserver": { column: 3, row: 0 },
  "kube-controller-manager": { column: 4, row: 0 },
  "kube-scheduler": { column: 4, row: 1 },
  "kube-proxy": { column: 4, row: 2 },
  containerd: { column: 2, row: 3 },
  kubelet: { column: 3, row: 3 },
  nodes: { column: 5, row: 3 },
};

const worker: Readonly<Record<string, Place>> = {
  guests: { column: 1, row: 0 },
  hosts: { column: 1, row: 1 },
  "kube-proxy": { column: 4, row: 0 },
  containerd: { column: 2, row: 1 },
  kubelet: { column: 3, row: 1 },
  nodes: { column: 5, row: 1 },
};

/**
 * Every box with its place.
 *
 * @throws where a stage has none: a new one wants a place that somebody chose
 */
export function layOut({ lanes, boxes }: Graph): Layout {
  let y = margin;
  const placed: Placed[] = [];
  const drawn = [[], ...lanes].map((nodes: readonly string[]): Lane => {
    const own = boxes.filter((box) => box.nodes[0] === nodes[0]);
    const table = tableOf(nodes, own);
    const places = own.map((box) => {
      const place = table[box.stage];
      if (place === undefined) {
        throw new Error(`${box.stage} has no place in docs/graph/layout.ts; give it one`);
      }
      return { box, place };
    });
    const rows = Math.max(...places.map(({ place }) => place.row)) + 1;
    for (const { box, place } of places) {
      const { x, width } = columns[place.column] ?? { x: 0, width: 0 };
      placed.push({ box, x, width, y: y + laneTitle + place.row * (boxHeight + rowGap) });
    }
    const height = laneTitle + rows * (boxHeight + rowGap) - rowGap + lanePadding;
    const lane = { title: nodes.length === 0 ? "once a lab" : nodes.join(", "), y, height };
    y += height + laneGap;
    return lane;
  });
  const last = columns.at(-1) ?? { x: 0, width: 0 };
  return { lanes: drawn, placed, width: last.x + last.width + 28, height: y };
}

function tableOf(nodes: readonly string[], own: readonly Box[]): Readonly<Record<string, Place>> {
  if (nodes.length === 0) return shared;
  return own.some(({ stage }) => stage === "etcd") ? controlPlane : worker;
}
