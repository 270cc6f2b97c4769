import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { statePaths } from "../../../base/paths.ts";
import { requireStack } from "../../../tools/pulumi/neverMade.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => void vi.unstubAllEnvs());

test("outputs of a lab that was never made are refused with the command that makes it", async () => {
  const state = temporaryDirectory();
  vi.stubEnv("HOME", state);
  vi.stubEnv("HARDWAY_STATE", state);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  vi.stubEnv("PULUMI_ACCESS_TOKEN", undefined);
  await expect(requireStack("dev")).rejects.toThrow("the lab dev is not up; run `./lab up`");
  await expect(requireStack("ha")).rejects.toThrow("run `./lab --stack ha up`");
  const stacks = join(statePaths(state).backend, ".pulumi", "stacks", "hardway");
  mkdirSync(stacks, { recursive: true });
  writeFileSync(join(stacks, "ha.json"), "{}");
  await expect(requireStack("ha")).resolves.toBeUndefined();
});
