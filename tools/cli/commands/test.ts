import { join } from "node:path";
import { UserError } from "../../../base/errors.ts";
import { projectDir } from "../../../base/paths.ts";
import { tryRun } from "../../../base/run.ts";
import type { Session } from "../../../base/session.ts";
import { everyArtifact } from "../../../config/resolve/labArtifacts.ts";
import { skippedExitCode } from "../../lint/skipped.ts";
import { refuseInside } from "../../place/place.ts";
import { engineEnvironment } from "../../pulumi/engine.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import { ensureSetup } from "../../setup/ensure.ts";
import type { Implementation } from "../labCommand.ts";
import { type Count, countLine, runVitest, sum } from "../testRun.ts";

/** `lab test` */
export const runCommand: Implementation["runCommand"] = async (
  session,
  { positionals: [kind], rest },
) => {
  if (kind !== undefined && kind !== "e2e") {
    throw new UserError(`./lab test takes nothing or e2e, got ${kind}`);
  }
  const count = kind === "e2e" ? await endToEnd(session, rest) : await checkAll(session, rest);
  if (count.skipped > 0) process.stdout.write(`${count.skipped} skipped\n`);
  process.stdout.write(`${countLine({ ...count, skipped: 0 })}\n`);
  return count.failed === 0 ? 0 : 1;
};

/** The checks besides vitest, each a script of the project or of node_modules. */
const lints = [
  {
    name: "biome",
    script: "node_modules/@biomejs/biome/bin/biome",
    args: ["ci", "--colors=off", "."],
  },
  {
    name: "types",
    script: "node_modules/typescript/bin/tsc",
    args: ["--noEmit", "--incremental", "--tsBuildInfoFile", "node_modules/.cache/types.json"],
  },
  { name: "eslint", script: "node_modules/eslint/bin/eslint.js", args: ["."] },
  {
    name: "imports",
    script: "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs",
    args: ["."],
  },
  { name: "wording", script: "tools/lint/checkWording.ts", args: [] },
  { name: "shellcheck", script: "tools/lint/checkShell.ts", args: [] },
] as const;

async function checkAll(session: Session, rest: readonly string[]): Promise<Count> {
  return sum(
    await Promise.all([
      ...lints.map(({ name, script, args }) =>
        check(session, name, async () => {
          const path = join(projectDir, script);
          const { log, signal } = session;
          const options = { cwd: projectDir, log, signal, env: { NO_COLOR: "1" } };
          const result = await tryRun(process.execPath, [path, ...args], options);
          const output = `${result.stdout}\n${result.stderr}`.trim();
          if (result.exitCode === skippedExitCode) {
            return { passed: 0, failed: 0, skipped: 1, output };
          }
          const failed = result.failure === "" ? 0 : 1;
          return { passed: 1 - failed, failed, skipped: 0, output };
        }),
      ),
      check(session, "tests", () => runVitest(session, rest)),
    ]),
  );
}

/** Runs one check with a progress line; prints its output if it failed. */
async function check(
  { terminal }: Session,
  name: string,
  run: () => Promise<Count & { output: string }>,
): Promise<Count> {
  const view = terminal.task(name, "running");
  const { output, ...count } = await run();
  if (count.failed > 0) terminal.say(output);
  view.done(name === "tests" ? countLine(count) : verdictOf(count, output));
  return count;
}

function verdictOf({ failed, skipped }: Count, output: string): string {
  if (skipped > 0) return `skipped: ${output}`;
  return failed === 0 ? "passed" : "failed";
}

async function endToEnd(session: Session, rest: readonly string[]): Promise<Count> {
  refuseInside(session, "test e2e");
  const config = await readLabConfig(session.stack);
  // The tests create clusters with every plugin and runtime.
  const everything = { ...config, artifacts: everyArtifact };
  await ensureSetup(session, ["engine", "machines", "nodes", "tests"], everything);
  const args = ["--config", "vitest.e2e.config.ts", ...rest];
  // Some tests run pulumi themselves, in the environment that lab sets.
  const env = await engineEnvironment(session, config);
  return runVitest(session, args, { env, onLine: (line) => process.stdout.write(`${line}\n`) });
}
