import type { Box, Graph, Kind } from "./foldGraph.ts";
import { style } from "./graphStyle.ts";
import { boxHeight, type Layout, layOut, type Placed } from "./layout.ts";

const titles: Readonly<Record<string, string>> = {
  authorities: "authorities",
  hosts: "host",
  nodes: "Node",
  addons: "add-ons",
};

/** What stands under a title that its parts alone do not say. */
const remarks: Readonly<Record<string, string>> = {
  authorities: "and the lab's keys",
  nodes: "registered, Ready",
  addons: "DNS, RBAC, smoke",
  hosts: "modules, routes",
};

const kindNames: Readonly<Record<Kind, string>> = {
  keys: "keys, made and kept by Pulumi",
  machines: "made by libvirt",
  steps: "a step on a machine, over SSH",
  objects: "objects, through the API",
};

/** An authority's letter in the picture. */
const letters: Readonly<Record<string, string>> = {
  "kubernetes-ca": "K",
  "etcd-ca": "E",
  "front-proxy-ca": "F",
};

const legendHeight = 62;

/** The whole picture. The same graph gives the same text. */
export function renderGraph(graph: Graph): string {
  const layout = layOut(graph);
  const height = layout.height + legendHeight;
  const nodes = graph.lanes.flat().length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${layout.width} ${height}" width="${layout.width}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">The graph of hardway's program</title>
<desc id="desc">Drawn by docs/drawGraph.ts from what the program registers for Pulumi.dev.yaml: ${graph.resources} resources on ${nodes} nodes.</desc>
<style>${style}
</style>
<rect class="ground" width="100%" height="100%" rx="10"/>
${layout.lanes.map((lane) => renderLane(lane, layout.width)).join("\n")}
${renderEdges(graph, layout)}
${layout.placed.map((placed) => renderBox(placed)).join("\n")}
${renderLegend(graph, layout)}
</svg>
`;
}

function renderLane(lane: Layout["lanes"][number], width: number): string {
  return `<rect class="lane" x="14" y="${lane.y}" width="${width - 28}" height="${lane.height}" rx="8"/>
<text class="lane-title" x="28" y="${lane.y + 20}">${lane.title}</text>`;
}

function titleOf({ stage, nodes }: Box): string {
  if (stage === "guests") return nodes.length === 0 ? "libvirt" : "machine";
  return titles[stage] ?? stage;
}

function moreOf(box: Box): string {
  const counted = (count: number, what: string) =>
    count === 0 ? [] : [count === 1 ? what : `${count} ${what}s`];
  if (remarks[box.stage] !== undefined) return remarks[box.stage] ?? "";
  // An image is named by its content, which tells a reader nothing.
  if (box.kind === "machines") {
    return box.parts.map((part) => part.replace(/-[0-9a-f]{12}$/, "")).join(", ");
  }
  return [...counted(box.keys, "key"), ...counted(box.certificates, "certificate")].join(", ");
}

function renderBox({ box, x, y, width }: Placed): string {
  const more = moreOf(box);
  const signs = box.signers.map((signer, index) => {
    const left = x + width - 14 - 18 * (box.signers.length - 1 - index);
    return renderSign(letters[signer] ?? "?", left, y);
  });
  const copies = box.nodes
    .slice(1)
    .map((_, index) => rectangle(box.kind, x + 4 * (index + 1), y + 4 * (index + 1), width))
    .slice(0, 1);
  return [
    ...copies,
    rectangle(box.kind, x, y, width),
    `<text class="title" x="${x + 10}" y="${y + (more === "" ? 28 : 20)}">${titleOf(box)}</text>`,
    ...(more === "" ? [] : [`<text class="more" x="${x + 10}" y="${y + 37}">${more}</text>`]),
    ...signs,
  ].join("\n");
}

const rectangle = (kind: Kind, x: number, y: number, width: number): string =>
  `<rect class="box ${kind}" x="${x}" y="${y}" width="${width}" height="${boxHeight}" rx="6"/>`;

const renderSign = (letter: string, x: number, y: number): string =>
  `<circle class="box keys" cx="${x}" cy="${y}" r="8"/><text class="sign" x="${x}" y="${y + 3.5}">${letter}</text>`;

/** Where an edge leaves its box: to the right, or downwards to a box right below. */
function renderEdges({ edges }: Graph, { placed }: Layout): string {
  const of = (box: Box) => placed.find((one) => one.box === box) ?? raise(box);
  const lines = edges.map(({ from, to }) => ({ from: of(from), to: of(to) }));
  const paths = lines.map((line) => {
    if (line.from.x === line.to.x) {
      return renderDown(line);
    }
    const arrivals = lines
      .filter(({ from, to }) => to === line.to && from.x !== to.x)
      .sort((a, b) => a.from.y - b.from.y || a.from.x - b.from.x);
    const share = (arrivals.indexOf(line) + 1) / (arrivals.length + 1);
    return renderTurn(line, line.to.y + boxHeight * share, turnOf(line.from, lines));
  });
  return paths.join("\n");
}

interface Line {
  readonly from: Placed;
  readonly to: Placed;
}

function renderDown({ from, to }: Line): string {
  const x = from.x + 24;
  return `<path class="edge" d="M${x} ${from.y + boxHeight} V${to.y - 7}"/><path class="head" d="M${x} ${to.y - 1} l-4 -8 h8 z"/>`;
}

/** To the right, up or down on the vertical line `x`, and to the right again. */
function renderTurn({ from, to }: Line, end: number, x: number): string {
  const middle = from.y + boxHeight / 2;
  const straight = Math.abs(middle - end) < boxHeight / 2 - 4;
  const way = straight ? `${end} H${to.x - 7}` : `${middle} H${x} V${end} H${to.x - 7}`;
  return `<path class="edge" d="M${from.x + from.width} ${way}"/><path class="head" d="M${to.x - 1} ${end} l-8 -4 v8 z"/>`;
}

/** Boxes that stand in one column turn on vertical lines of their own. */
function turnOf(from: Placed, lines: readonly Line[]): number {
  const turning = lines.filter((one) => one.from.x === from.x && one.to.x !== from.x);
  const sources = [...new Set(turning.map((one) => one.from))];
  return from.x + from.width + 12 + 8 * sources.indexOf(from);
}

function raise({ stage }: Box): never {
  throw new Error(`${stage} was not laid out`);
}

function renderLegend({ resources, lanes }: Graph, { width, height }: Layout): string {
  const kinds = (Object.keys(kindNames) as Kind[]).map((kind, index) => {
    const x = 28 + index * 274;
    return `<rect class="box ${kind}" x="${x}" y="${height + 4}" width="22" height="14" rx="3"/><text class="more" x="${x + 30}" y="${height + 15}">${kindNames[kind]}</text>`;
  });
  const signs = Object.entries(letters).map(([authority, letter], index) => {
    const x = 36 + index * 274;
    return `${renderSign(letter, x, height + 40)}<text class="more" x="${x + 22}" y="${height + 44}">signed by ${authority}</text>`;
  });
  const nodes = lanes.flat().length;
  return [
    ...kinds,
    ...signs,
    `<text class="more" x="${width - 28}" y="${height + 44}" text-anchor="end">an arrow: what is at its end waits · ${resources} resources, ${nodes} nodes</text>`,
  ].join("\n");
}
