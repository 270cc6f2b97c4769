import { expect, test } from "vitest";
import type { OurTurn, Turn } from "../../../bench/measure.ts";
import { median, renderReport, renderShapes, replaceSection } from "../../../bench/report.ts";

const byNode = (control: number, worker: number) => ({
  "control-1": control,
  "worker-1": worker,
  "worker-2": worker,
});
const turn = (seconds: number): Turn => ({
  seconds,
  dials: byNode(1, 1),
  bytes: byNode(300e6, 200e6),
  neededBytes: byNode(300e6, 200e6),
});
const ourTurn = (seconds: number): OurTurn => ({
  seconds,
  dials: byNode(3, 2),
  bytes: byNode(303e6, 201e6),
  neededBytes: byNode(300e6, 200e6),
  resources: ["ca", "control-1-etcd", "control-1-kubelet", "worker-1-kubelet", "worker-2-kubelet"],
});
const conditions = { date: "2026-01-02", host: "a host", load: "0.10 0.20 0.30", busy: 0.034 };

test("the tables are those of the runs", () => {
  const results = {
    ours: [ourTurn(20), ourTurn(18), ourTurn(40)],
    byHand: [turn(16), turn(10), turn(17)],
    noOps: [{ seconds: [5, 5.1, 9], emptySeconds: [4, 4.8, 4.9], dials: 0 }],
  };
  expect(renderReport("containers", results, conditions)).toBe(`## Container machines

On both sides, the machines are booted and accept SSH when the clock starts. Medians of 3 runs per side, alternating.
Measured on 2026-01-02 on a host.
The load average was 0.10 0.20 0.30 at the start; before each run, other processes used at most 3 % of the CPUs.
To repeat: \`node bench/run.ts containers --write\`.

|  | hardway | scripts | ratio | limit |
| --- | --- | --- | --- | --- |
| time to Ready | 20.0 s | 16.0 s | 1.25 | ≤ 1.4, target 1.15 |
| each run, s | 20.0, 18.0, 40.0 | 16.0, 10.0, 17.0 |  |  |

| \`pulumi up\` without changes |  | limit |
| --- | --- | --- |
| on this cluster | 5.10 s |  |
| of an empty program | 4.80 s |  |
| the difference, per resource of 5 resources | 60.0 ms | ≤ 50 ms |
| SSH connections | 0 | 0 |

| node | resources | limit | SSH connections (limit 6) | scripts | MB received | ÷ needed (limit 1.05) | scripts |
| --- | --- | --- | --- | --- | --- | --- | --- |
| control-1 | 2 | ≤ 35 | 3 | 1 | 303.0 | 1.010 | 1.000 |
| worker-1 | 1 | ≤ 15 | 2 | 1 | 201.0 | 1.005 | 1.000 |
| worker-2 | 1 | ≤ 15 | 2 | 1 | 201.0 | 1.005 | 1.000 |`);
});

test("without a measured run without changes, there is no table of one", () => {
  const results = { ours: [ourTurn(20)], byHand: [turn(16)], noOps: [] };
  expect(renderReport("guests", results, conditions)).not.toContain("without changes");
});

test("a median is the middle value, or the mean of the two middle values", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
});

const page = `# Title

<!-- containers -->
old
<!-- end of containers -->

<!-- guests -->
<!-- end of guests -->
`;

test("a section replaces the text between its markers and nothing else", () => {
  const once = replaceSection(page, "containers", "new");
  expect(once).toBe(page.replace("old", "new"));
  expect(replaceSection(once, "guests", "first")).toBe(
    once.replace("<!-- guests -->\n", "<!-- guests -->\nfirst\n"),
  );
});

test("a page without the markers is not written to", () => {
  expect(() => replaceSection("# Title\n", "guests", "new")).toThrow(
    "docs/measurements.md has no lines <!-- guests --> and <!-- end of guests -->",
  );
});

test("a shape is compared with the first one", () => {
  const shape = (title: string) => ({ title, nodes: [] });
  const made = (seconds: number, count: number) => ({
    seconds,
    resources: Array.from({ length: count }, (_, index) => String(index)),
  });
  const results = [
    { shape: shape("small"), turns: [made(20, 60), made(22, 60), made(18, 60)] },
    { shape: shape("large"), turns: [made(50, 200), made(40, 200), made(60, 200)] },
  ];
  expect(renderShapes(results, conditions)).toContain(`Medians of 3 runs each, alternating.
Measured on 2026-01-02 on a host.
The load average was 0.10 0.20 0.30 at the start; before each run, other processes used at most 3 % of the CPUs.
To repeat: \`node bench/run.ts shapes --write\`.

| time to Ready | hardway | ÷ the first | each run, s | resources |
| --- | --- | --- | --- | --- |
| small | 20.0 s | 1.00 | 20.0, 22.0, 18.0 | 60 |
| large | 50.0 s | 2.50 | 50.0, 40.0, 60.0 | 200 |`);
});
