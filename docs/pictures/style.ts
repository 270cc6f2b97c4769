/** What a box stands for; each kind has a colour. */
export const kinds = ["keys", "machines", "steps", "objects", "users"] as const;
export type Kind = (typeof kinds)[number];

interface Colours {
  readonly ground: string;
  readonly frame: string;
  readonly innerFrame: string;
  readonly rim: string;
  readonly ink: string;
  readonly soft: string;
  readonly edge: string;
  /** Fill and line. */
  readonly kinds: Readonly<Record<Kind, readonly [string, string]>>;
}

const light: Colours = {
  ground: "#ffffff",
  frame: "#f5f7f9",
  innerFrame: "#ffffff",
  rim: "#c3ccd5",
  ink: "#1c2733",
  soft: "#4d5a66",
  edge: "#66737f",
  kinds: {
    keys: ["#fff3d1", "#b98a00"],
    machines: ["#dff3e4", "#2f8a4c"],
    steps: ["#e1ecfd", "#2f6bc4"],
    objects: ["#efe4fb", "#7f4bc0"],
    users: ["#ffe8dc", "#c2571a"],
  },
};

const dark: Colours = {
  ground: "#10161d",
  frame: "#18202a",
  innerFrame: "#202a36",
  rim: "#3b4856",
  ink: "#e6ecf2",
  soft: "#aab7c4",
  edge: "#8e9cab",
  kinds: {
    keys: ["#3b3212", "#d6a92a"],
    machines: ["#14351f", "#4fb371"],
    steps: ["#152c4e", "#5f9cf0"],
    objects: ["#2f1f48", "#a97ce6"],
    users: ["#43230f", "#e08a50"],
  },
};

/** Rules without variables: not every renderer of SVG supports them. */
const renderColours = ({
  ground,
  frame,
  innerFrame,
  rim,
  ink,
  soft,
  edge,
  kinds: fills,
}: Colours): string => `
.ground { fill: ${ground} }
.frame > polygon, .frame > path { fill: ${frame}; stroke: ${rim} }
.inner > polygon, .inner > path { fill: ${innerFrame}; stroke: ${rim} }
text { fill: ${ink} }
.edge text, .note text { fill: ${soft} }
.edge path { stroke: ${edge} }
.edge polygon { fill: ${edge}; stroke: ${edge} }
${Object.entries(fills)
  .map(
    ([kind, [fill, line]]) =>
      `.${kind} > polygon, .${kind} > path { fill: ${fill}; stroke: ${line} }`,
  )
  .join("\n")}`;

/** A picture has a background of its own, so that it can be read on any page, light or dark. */
export const style = `
text { font-family: "Liberation Sans", Arial, Helvetica, sans-serif }
${renderColours(light)}
@media (prefers-color-scheme: dark) {${renderColours(dark)}
}`;
