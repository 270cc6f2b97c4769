import { nodes } from "./lab.ts";
import type { NoOp, OurTurn, Turn } from "./measure.ts";
import { percent } from "./quiet.ts";

export type Kind = "containers" | "guests";

/** What was measured, each list in the order of the runs. */
export interface Results {
  readonly ours: readonly OurTurn[];
  readonly byHand: readonly Turn[];
  readonly noOps: readonly NoOp[];
}

/** Under which conditions, as text for people but for the share. */
export interface Conditions {
  readonly date: string;
  readonly host: string;
  /** The load averages at the start. */
  readonly load: string;
  /** The most that others kept of the processors before a run. */
  readonly busy: number;
}

const texts = {
  containers: { title: "Container machines", start: "booted, and answer SSH," },
  guests: { title: "libvirt guests", start: "not made yet" },
} as const;

/** The section of docs/measurements.md on one kind of machine. */
export function renderReport(kind: Kind, results: Results, conditions: Conditions): string {
  const { ours, byHand, noOps } = results;
  const { date, host, load, busy } = conditions;
  const { title, start } = texts[kind];
  const parts = [
    `## ${title}

On either side, the machines are ${start} when the clock starts. Medians of ${ours.length} runs a side, by turns.
Measured on ${date} on ${host}.
The load average was ${load} at the start; before each run, others kept at most ${percent(busy)} of the processors busy.
Again: \`node bench/run.ts ${kind} --write\`.`,
    timeTable(ours, byHand),
    ...(noOps.length === 0 ? [] : [noOpTable(noOps, ours)]),
    nodeTable(ours, byHand),
  ];
  return parts.join("\n\n");
}

function timeTable(ours: readonly Turn[], byHand: readonly Turn[]): string {
  const [our, their] = [ours, byHand].map((turns) => turns.map((turn) => turn.seconds));
  const [all = [], reference = []] = [our, their];
  const ratio = (median(all) / median(reference)).toFixed(2);
  return table(
    ["", "ours", "by hand", "ours ÷ by hand", "bar"],
    [
      [
        "time to Ready",
        `${one(median(all))} s`,
        `${one(median(reference))} s`,
        ratio,
        "≤ 1.4, aim 1.15",
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
    ["`pulumi up` that changes nothing", "", "bar"],
    [
      ["on this cluster", `${noOp.toFixed(2)} s`, ""],
      ["of an empty program", `${empty.toFixed(2)} s`, ""],
      [
        `the difference, for each of ${count} resources`,
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
  const head = ["node", "resources", "bar", "dials (bar ≤ 6)", "by hand"];
  return table([...head, "MB received", "÷ needed (bar ≤ 1.05)", "by hand"], rows);
}

/** The middle one, or halfway between the two in the middle. */
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

/** The page with this section between its markers, `<!-- containers -->` and `<!-- end of containers -->`. */
export function replaceSection(page: string, kind: Kind, section: string): string {
  const [open, close] = [`<!-- ${kind} -->\n`, `<!-- end of ${kind} -->`];
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) {
    throw new Error(`docs/measurements.md has no lines ${open.trim()} and ${close}`);
  }
  return `${page.slice(0, start)}${open}${section}\n${page.slice(end)}`;
}
