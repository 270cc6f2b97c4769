import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { projectDir } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";

/** How many checks passed and failed. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().default(0),
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/**
 * Counts the results in vitest's JSON report. A file that failed without a failed test (an import
 * or a hook threw) counts as one failure. So does a missing report, and one without failures if the
 * exit code says otherwise.
 */
export function countReport(report: unknown, exitCode: number | undefined): Count {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } =
    parsed.data;
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((result) => result.status === "failed"),
  ).length;
  const failed = numFailedTests + broken;
  return {
    passed: numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  };
}

/**
 * Runs vitest with `args` and the additional variables `env`; passes each output line to `onLine`.
 */
export async function runVitest(
  { log, signal }: Pick<Session, "log" | "signal">,
  args: readonly string[],
  { env = {}, onLine }: { env?: Record<string, string>; onLine?: (line: string) => void } = {},
): Promise<Count & { output: string }> {
  const directory = await mkdtemp(join(tmpdir(), "hardway-vitest-"));
  const file = join(directory, "report.json");
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const result = await tryRun(
      process.execPath,
      ["node_modules/vitest/vitest.mjs", "run", ...reporters, ...args],
      {
        cwd: projectDir,
        log,
        signal,
        env: { ...env, NO_COLOR: "1" },
        ...(onLine === undefined ? {} : { onLine }),
      },
    );
    const text = await readFile(file, "utf8").catch(() => "null");
    const count = countReport(JSON.parse(text), result.exitCode);
    return { ...count, output: `${result.stdout}\n${result.stderr}`.trim() };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** `12 passed, 0 failed`, with the number of skipped tests if there are any. */
export function countLine({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

export function sum(counts: readonly Count[]): Count {
  return counts.reduce((a, b) => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  }));
}
