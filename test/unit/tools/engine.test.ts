import { describe, expect, test } from "vitest";
import { changeArgv } from "../../../tools/pulumi/engine.ts";

describe("pulumi for the person", () => {
  test.each(["up", "preview", "refresh", "destroy"])("%s leaves out the outputs", (command) => {
    expect(changeArgv([command, "--yes"], "dev", "/copy/Pulumi.dev.yaml")).toEqual([
      ...["pulumi", command, "--suppress-outputs", "--yes"],
      ...["--stack", "dev", "--config-file", "/copy/Pulumi.dev.yaml"],
    ]);
  });

  test("a person's own word on it comes last, and counts", () => {
    const argv = changeArgv(["preview", "--suppress-outputs=false"], "dev", "/c");
    expect(argv.filter((word) => word.startsWith("--suppress-outputs"))).toEqual([
      "--suppress-outputs",
      "--suppress-outputs=false",
    ]);
  });
});
