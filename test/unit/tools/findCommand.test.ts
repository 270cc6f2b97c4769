import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { findCommand, findFirstCommand, findOnPath } from "../../../base/findCommand.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => void vi.unstubAllEnvs());

test("a command is the first executable file of that name on PATH", async () => {
  const [first, second] = [temporaryDirectory(), temporaryDirectory()];
  vi.stubEnv("PATH", ["", ".", first, second].join(":"));
  writeFileSync(join(first, "plain-file"), "", { mode: 0o644 });
  writeFileSync(join(second, "plain-file"), "", { mode: 0o755 });
  mkdirSync(join(first, "directory"));
  writeFileSync(join(first, "both"), "", { mode: 0o755 });
  writeFileSync(join(second, "both"), "", { mode: 0o755 });
  expect(await findCommand("plain-file")).toBe(join(second, "plain-file"));
  expect(await findCommand("both")).toBe(join(first, "both"));
  expect(await findCommand("directory")).toBeUndefined();
  expect(await findFirstCommand(["directory", "both"])).toBe(join(first, "both"));
});

test("system directories are searched after PATH, a relative PATH entry never", async () => {
  vi.stubEnv("PATH", "test/unit");
  expect(await findOnPath("sh")).toBeUndefined();
  vi.stubEnv("PATH", "");
  expect(await findOnPath("sh", ["/bin"])).toBe("/bin/sh");
});
