import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { type DotGraph, renderDot, textSize } from "./dot.ts";
import { type Kind, style } from "./style.ts";

export interface Picture {
  readonly title: string;
  /** One sentence, for readers who do not see the picture. */
  readonly description: string;
  readonly graph: DotGraph;
  /** What each colour stands for, and lines without one. */
  readonly legend: readonly (readonly [Kind | undefined, string])[];
}

const lineHeight = 22;
const margin = 16;

/** The picture as SVG. The same graph gives the same text. */
export async function renderPicture(picture: Picture): Promise<string> {
  const { title, description, graph, legend } = picture;
  const graphviz = await Graphviz.load();
  const svg = graphviz.dot(renderDot(graph));
  const [, ...size] = /<svg width="(\d+)pt" height="(\d+)pt"/.exec(svg) ?? [];
  const [width = 0, top = 0] = size.map(Number);
  const height = top + Math.ceil(legend.length / 2) * lineHeight + (legend.length > 0 ? margin : 0);
  const drawing = svg
    .slice(svg.indexOf("<g id="), svg.lastIndexOf("</svg>"))
    .replaceAll(/<!--[\s\S]*?-->\n?/g, "")
    // Tooltips with the names that only this program uses.
    .replaceAll(/<title>[\s\S]*?<\/title>\n?/g, "");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">${title}</title>
<desc id="desc">${description}</desc>
<style>${style}
</style>
<rect class="ground" width="100%" height="100%" rx="10"/>
${drawing}${legend.map((entry, index) => renderEntry(entry, index, width, top)).join("")}</svg>
`;
}

/** An entry of the legend, which has two columns. */
function renderEntry(
  [kind, text]: readonly [Kind | undefined, string],
  index: number,
  width: number,
  top: number,
): string {
  const x = margin + (index % 2) * Math.round(width / 2);
  const y = top + 8 + Math.floor(index / 2) * lineHeight;
  const swatch =
    kind === undefined ? "" : `<g class="${kind}"><path d="M${x} ${y} h24 v14 h-24 z"/></g>\n`;
  return `${swatch}<text class="legend" x="${kind === undefined ? x : x + 32}" y="${y + 12}" font-size="${textSize}">${text}</text>\n`;
}
