import { nodes } from "./lab.ts";
import type { NoOp, OurTurn, ShapeTurn, Turn } from "./measure.ts";
import { percent } from "./quiet.ts";
import type { Shape } from "./shapes.ts";

export const kinds = ["containers", "guests", "shapes"] as const;
export type Kind = (typeof kinds)[number];

/** The measurements, in the order of the runs. */
export interface Results {
  readonly ours: readonly OurTurn[];
  readonly byHand: readonly Turn[];
  readonly noOps: readonly NoOp[];
}

/** The conditions of a measurement. */
export interface Conditions {
  readonly date: string;
  readonly host: string;
  /** The load averages at the start. */
  readonly load: string;
  /** The highest CPU share that other processes used before a run. */
  readonly busy: number;
}

const texts = {
  containers: { title: "Container machines", start: "booted and accept SSH" },
  guests: { title: "libvirt guests", start: "not yet created" },
} as const;

function describe(kind: Kind, { date, host, load, busy }: Conditions): string {
  return `Measured on ${date} on ${host}.
The load average was ${load} at the start; before each run, other processes used at most ${percent(busy)} of the CPUs.
To repeat: \`node bench/run.ts ${kind} --write\`.`;
}

/** The section of docs/measurements.md on one kind of machine. */
export function renderReport(
  kind: keyof typeof texts,
  results: Results,
  conditions: Conditions,
): string {
  const { ours, byHand, noOps } = results;
  const { title, start } = texts[kind];
  const parts = [
    `## ${title}

On both sides, the machines are ${start} when the clock starts. Medians of ${ours.length} runs per side, alternating.
${describe(kind, conditions)}`,
    timeTable(ours, byHand),
    ...(noOps.length === 0 ? [] : [noOpTable(noOps, ours)]),
    nodeTable(ours, byHand),
  ];
  return parts.join("\n\n");
}

/** The section on shapes. Every shape has the same number of turns. */
export function renderShapes(
  results: readonly { readonly shape: Shape; readonly turns: readonly ShapeTurn[] }[],
  conditions: Conditions,
): string {
  const timesOf = (turns: readonly ShapeTurn[]) => turns.map(({ seconds }) => seconds);
  const first = median(timesOf(results[0]?.turns ?? []));
  const rows = results.map(({ shape, turns }) => {
    const seconds = median(timesOf(turns));
    return [
      shape.title,
      `${one(seconds)} s`,
      (seconds / first).toFixed(2),
      timesOf(turns).map(one).join(", "),
      String(turns[0]?.resources.length),
    ];
  });
  return `## Shapes of cluster

On container machines that are booted and accept SSH when the clock starts. All of them share this machine's CPUs.
Medians of ${results[0]?.turns.length} runs each, alternating.
${describe("shapes", conditions)}

${table(["time to Ready", "hardway", "÷ the first", "each run, s", "resources"], rows)}`;
}

function timeTable(ours: readonly Turn[], byHand: readonly Turn[]): string {
  const [our, their] = [ours, byHand].map((turns) => turns.map((turn) => turn.seconds));
  const [all = [], reference = []] = [our, their];
  const ratio = (median(all) / median(reference)).toFixed(2);
  return table(
    ["", "hardway", "scripts", "ratio", "limit"],
    [
      [
        "time to Ready",
        `${one(median(all))} s`,
        `${one(median(reference))} s`,
        ratio,
        "≤ 1.4, target 1.15",
      ],
      ["each run, s", all.map(one).join(", "), reference.map(one).join(", "), "", ""],
    ],
  );
}

function noOpTable(noOps: readonly NoOp[], ours: readonly OurTurn[]): string {
  const noOp = median(noOps.flatMap(({ seconds }) => seconds));
  const empty = median(noOps.flatMap(({ emptySeconds }) => emptySeconds));
  const count = ours[0]?.resources.length ?? 0;
  const dials = Math.max(...noOps.map((one) => one.dials));
  return table(
    ["`pulumi up` without changes", "", "limit"],
    [
      ["on this cluster", `${noOp.toFixed(2)} s`, ""],
      ["of an empty program", `${empty.toFixed(2)} s`, ""],
      [
        `the difference, per resource of ${count} resources`,
        `${one(((noOp - empty) / count) * 1000)} ms`,
        "≤ 50 ms",
      ],
      ["SSH connections", String(dials), "0"],
    ],
  );
}

function nodeTable(ours: readonly OurTurn[], byHand: readonly Turn[]): string {
  const rows = nodes.map(({ name, roles }) => {
    const of = (turns: readonly Turn[], what: (turn: Turn) => number) => median(turns.map(what));
    const overhead = ({ bytes, neededBytes }: Turn) =>
      (bytes[name] ?? 0) / (neededBytes[name] ?? 0);
    const dials = (turn: Turn) => turn.dials[name] ?? 0;
    return [
      name,
      String(ours[0]?.resources.filter((resource) => resource.startsWith(`${name}-`)).length),
      roles[0] === "worker" ? "≤ 15" : "≤ 35",
      String(of(ours, dials)),
      String(of(byHand, dials)),
      one(of(ours, ({ bytes }) => bytes[name] ?? 0) / 1e6),
      of(ours, overhead).toFixed(3),
      of(byHand, overhead).toFixed(3),
    ];
  });
  const head = ["node", "resources", "limit", "SSH connections (limit 6)", "scripts"];
  return table([...head, "MB received", "÷ needed (limit 1.05)", "scripts"], rows);
}

/** The middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const high = sorted[Math.ceil((sorted.length - 1) / 2)] ?? Number.NaN;
  return (low + high) / 2;
}

const one = (value: number): string => value.toFixed(1);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/**
 * The page with this section between its markers: `<!-- containers -->`, `<!-- end of containers
 * -->`.
 */
export function replaceSection(page: string, kind: Kind, section: string): string {
  const [open, close] = [`<!-- ${kind} -->\n`, `<!-- end of ${kind} -->`];
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) {
    throw new Error(`docs/measurements.md has no lines ${open.trim()} and ${close}`);
  }
  return `${page.slice(0, start)}${open}${section}\n${page.slice(end)}`;
}
