import type { Position } from "../../config/messages/lineFinder.ts";
import type { ConfigProblem, Keys } from "../../config/messages/problem.ts";

/** What a check looked at. */
export type Area = "config" | "workstation" | "hypervisors" | "living cluster";

/** A mistake, or a setting with a risk. */
export interface Finding {
  readonly area: Area;
  /** `nodes.control-1.address`; for places outside the config, a name that users recognize. */
  readonly path: string;
  /** The value in the config, if the place is there; secrets are not shown. */
  readonly value?: string;
  /** What was found and what is expected. */
  readonly rule: string;
  /** What to do. */
  readonly remedy?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A check that could not be made now. */
export interface NotChecked {
  readonly what: string;
  readonly why: string;
}

export interface Report {
  readonly stack: string;
  readonly file: string;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly notChecked: readonly NotChecked[];
}

export interface Source {
  readonly name: string;
  readonly positionOf: (keys: Keys) => Position | undefined;
  readonly shownValueOf: (keys: Keys) => string | undefined;
}

/** The finding of a problem: its place in the file, and its sentence's rule and remedy. */
export function findingOf(
  area: Area,
  { path, message, keys }: ConfigProblem,
  { name, positionOf, shownValueOf }: Source,
): Finding {
  const position = keys && positionOf(keys);
  const value = keys && shownValueOf(keys);
  // A message is `found; expected; what to do`, the last part being the remedy.
  const end = message.lastIndexOf("; ");
  return {
    area,
    path: path === "" ? "hardway:cluster" : path,
    ...(value === undefined ? {} : { value }),
    rule: end < 0 ? message : message.slice(0, end),
    ...(end < 0 ? {} : { remedy: message.slice(end + 2) }),
    ...(position === undefined ? {} : { file: name, ...position }),
  };
}

/** In the order of the file; findings without a line come last. */
export function sorted(findings: readonly Finding[]): Finding[] {
  const rank = ({ line = Number.MAX_SAFE_INTEGER, column = 0 }: Finding) => [line, column] as const;
  return [...findings].sort((a, b) => {
    const [[lineA, columnA], [lineB, columnB]] = [rank(a), rank(b)];
    return lineA - lineB || columnA - columnB;
  });
}

/** `2 errors, 1 warning, 1 not checked`. */
export function summary({ errors, warnings, notChecked }: Report): string {
  const count = (number: number, one: string) => `${number} ${number === 1 ? one : `${one}s`}`;
  return [
    count(errors.length, "error"),
    count(warnings.length, "warning"),
    ...(notChecked.length === 0 ? [] : [`${notChecked.length} not checked`]),
  ].join(", ");
}

/** The report for a terminal: errors by area, warnings, and what was not checked. */
export function renderReport(report: Report): string {
  const areas: readonly Area[] = ["config", "workstation", "hypervisors", "living cluster"];
  const groups = areas.map((area) => ({
    title: `errors: ${area}`,
    lines: report.errors.filter((one) => one.area === area).map(renderFinding),
  }));
  const warnings = { title: "warnings", lines: report.warnings.map(renderFinding) };
  const notChecked = {
    title: "not checked",
    lines: report.notChecked.map(({ what, why }) => `  ${what}: ${why}`),
  };
  const sections = [...groups, warnings, notChecked]
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => `\n${title}\n${lines.join("\n")}\n`);
  return `${report.file}: ${summary(report)}\n${sections.join("")}`;
}

/** `  Pulumi.dev.yaml:12:7 nodes.control-1.address: …` */
function renderFinding({ path, rule, remedy, file, line, column }: Finding): string {
  const place = file === undefined ? "" : `${file}:${line}:${column} `;
  return `  ${place}${path}: ${rule}${remedy === undefined ? "" : `; ${remedy}`}`;
}
