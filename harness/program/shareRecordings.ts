import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { recordingsVariable } from "./runProgram.ts";

/**
 * vitest's global setup: test files that record the program with the same arguments share a
 * recording.
 */
export default async function shareRecordings(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "hardway-recordings-"));
  process.env[recordingsVariable] = directory;
  const clear = () => rm(directory, { recursive: true, force: true });
  // In watch mode the program may have changed since.
  project.onTestsRerun(async () => {
    await clear();
    await mkdir(directory);
  });
  return clear;
}
