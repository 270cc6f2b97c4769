import type { Kind } from "./foldGraph.ts";

interface Colours {
  readonly ground: string;
  readonly lane: string;
  readonly rim: string;
  readonly ink: string;
  readonly soft: string;
  readonly edge: string;
  /** Fill and line. */
  readonly kinds: Readonly<Record<Kind, readonly [string, string]>>;
}

const light: Colours = {
  ground: "#ffffff",
  lane: "#f5f7f9",
  rim: "#d5dbe1",
  ink: "#1c2733",
  soft: "#56636f",
  edge: "#6b7885",
  kinds: {
    keys: ["#fff3d1", "#b98a00"],
    machines: ["#dff3e4", "#2f8a4c"],
    steps: ["#e1ecfd", "#2f6bc4"],
    objects: ["#efe4fb", "#7f4bc0"],
  },
};

const dark: Colours = {
  ground: "#10161d",
  lane: "#18202a",
  rim: "#303c49",
  ink: "#e6ecf2",
  soft: "#a3b0bd",
  edge: "#8694a3",
  kinds: {
    keys: ["#3b3212", "#d6a92a"],
    machines: ["#14351f", "#4fb371"],
    steps: ["#152c4e", "#5f9cf0"],
    objects: ["#2f1f48", "#a97ce6"],
  },
};

/** Rules without variables: not every renderer of SVG knows them. */
const renderColours = ({ ground, lane, rim, ink, soft, edge, kinds }: Colours): string => `
.ground { fill: ${ground} }
.lane { fill: ${lane}; stroke: ${rim} }
text { fill: ${ink} }
.lane-title, .more { fill: ${soft} }
.edge { stroke: ${edge} }
.head { fill: ${edge} }
${Object.entries(kinds)
  .map(([kind, [fill, line]]) => `.${kind} { fill: ${fill}; stroke: ${line} }`)
  .join("\n")}`;

/** The picture has a ground of its own, so it can be read on any page, light or dark. */
export const style = `
text { font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", Helvetica, Arial, sans-serif }
.lane-title { font-size: 13px; font-weight: 600 }
.title { font-size: 13.5px; font-weight: 600 }
.more { font-size: 11.5px }
.sign { font-size: 10px; font-weight: 700; text-anchor: middle }
.edge { fill: none; stroke-width: 1.4 }
.box { stroke-width: 1.4 }
${renderColours(light)}
@media (prefers-color-scheme: dark) {${renderColours(dark)}
}`;
