import type { Kind } from "./style.ts";

/** Graphviz' input as typed data: https://graphviz.org/doc/info/lang.html */

export interface DotNode {
  readonly id: string;
  readonly title: string;
  /** Smaller lines under the title. */
  readonly lines?: readonly string[];
  /** `note` is text without a box. */
  readonly kind: Kind | "note";
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface DotEdge {
  readonly from: string;
  readonly to: string;
  /** One entry for each line. */
  readonly label?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface DotFrame {
  readonly id: string;
  readonly title: string;
  readonly nodes: readonly DotNode[];
  readonly frames?: readonly DotFrame[];
  /** A frame inside another one. */
  readonly inner?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface DotGraph {
  readonly attributes: Readonly<Record<string, string>>;
  readonly frames: readonly DotFrame[];
  readonly nodes?: readonly DotNode[];
  readonly edges: readonly DotEdge[];
}

const font = "Arial";
export const titleSize = 15;
export const textSize = 13;

const escapeText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const quote = (text: string): string => `"${text.replaceAll('"', '\\"')}"`;

const attributesOf = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${name}=${value.startsWith("<") ? value : quote(value)}`)
    .join(" ");

const labelOf = (title: string, lines: readonly string[] = []): string =>
  `<<b>${escapeText(title)}</b>${lines
    .map((line) => `<br/><font point-size="${textSize}">${escapeText(line)}</font>`)
    .join("")}>`;

function renderNode({ id, title, lines, kind, attributes = {} }: DotNode): string {
  const isNote = kind === "note";
  return `${quote(id)} [${attributesOf({
    label: isNote
      ? `<${[title, ...(lines ?? [])].map(escapeText).join("<br/>")}>`
      : labelOf(title, lines),
    class: kind,
    ...(isNote ? { shape: "plaintext", fontsize: String(textSize) } : {}),
    ...attributes,
  })}];`;
}

const renderEdge = ({ from, to, label, attributes = {} }: DotEdge): string =>
  `${quote(from)} -> ${quote(to)} [${attributesOf({
    ...(label === undefined ? {} : { label: ` ${label.join(" \\n ")} ` }),
    ...attributes,
  })}];`;

function renderFrame(frame: DotFrame): string {
  const { id, title, nodes, frames = [], inner = false, attributes = {} } = frame;
  return [
    `subgraph ${quote(`cluster ${id}`)} {`,
    attributesOf({
      label: labelOf(title),
      class: inner ? "inner" : "frame",
      labeljust: "l",
      margin: "12",
      ...attributes,
    }),
    ...nodes.map(renderNode),
    ...frames.map(renderFrame),
    "}",
  ].join("\n");
}

/** The text for Graphviz. Arial's widths are built into it, so no font has to be installed. */
export const renderDot = ({ attributes, frames, nodes = [], edges }: DotGraph): string =>
  [
    "digraph {",
    `graph [${attributesOf({ fontname: font, fontsize: String(titleSize), style: "rounded", bgcolor: "transparent", ...attributes })}];`,
    `node [${attributesOf({ fontname: font, fontsize: String(titleSize), shape: "box", style: "rounded,filled", margin: "0.13,0.08", height: "0.3" })}];`,
    `edge [${attributesOf({ fontname: font, fontsize: String(textSize), arrowsize: "0.75", penwidth: "1.3" })}];`,
    ...frames.map(renderFrame),
    ...nodes.map(renderNode),
    ...edges.map(renderEdge),
    "}",
    "",
  ].join("\n");
