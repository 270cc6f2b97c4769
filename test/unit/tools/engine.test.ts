import { describe, expect, test } from "vitest";
import { changeArgv, changesConfig } from "../../../tools/pulumi/engine.ts";

describe("pulumi for the person", () => {
  test.each(["up", "preview", "refresh", "destroy"])("%s leaves out the outputs", (command) => {
    expect(changeArgv([command, "--yes"], "dev", "/copy/Pulumi.dev.yaml")).toEqual([
      ...["pulumi", command, "--suppress-outputs", "--yes"],
      ...["--stack", "dev", "--config-file", "/copy/Pulumi.dev.yaml"],
    ]);
  });

  test("the user's own option comes last and takes effect", () => {
    const argv = changeArgv(["preview", "--suppress-outputs=false"], "dev", "/c");
    expect(argv.filter((word) => word.startsWith("--suppress-outputs"))).toEqual([
      "--suppress-outputs",
      "--suppress-outputs=false",
    ]);
  });

  test("a custom config file replaces the stack's", () => {
    const argv = changeArgv(["up", "--config-file", "mine.yaml"], "dev", "/c");
    expect(argv.filter((word) => word === "--config-file" || word === "/c")).toEqual([
      "--config-file",
    ]);
    expect(changesConfig(["--config-file=mine.yaml"])).toBe(true);
    expect(changesConfig(["-c", "hardway:cluster.mirrorPort=8474"])).toBe(true);
    expect(changesConfig(["--diff", "--target", "c"])).toBe(false);
  });
});
