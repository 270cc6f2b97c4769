import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";
import { labOf, planOf } from "../../../harness/program/labs.ts";

const root = join(import.meta.dirname, "../../..");

/** The project's labs. End-to-end tests write further configs and remove them. */
const labs = ["dev", "from-scratch", "ha", "harder-way", "journal", "play-k8s"];

const clusterOf = (lab: string): unknown => {
  const text = readFileSync(join(root, `Pulumi.${lab}.yaml`), "utf8");
  return (parse(text) as { config: Record<string, unknown> }).config["hardway:cluster"];
};

describe("the labs that come with the project", () => {
  test("are every config that git tracks", () => {
    const tracked = execFileSync("git", ["ls-files", "Pulumi.*.yaml"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(tracked.trim().split("\n")).toEqual(labs.map((lab) => `Pulumi.${lab}.yaml`));
  });

  test.each(labs)("%s has no mistake, and a plan", { meta: { rows: ["S4-02"] } }, (lab) => {
    expect(clusterProblems(clusterOf(lab))).toEqual([]);
    expect(planOf(labOf(clusterOf(lab), lab)).nodes.length).toBeGreaterThan(1);
  });

  test("can be up side by side: no two have a network in common", () => {
    const networks = labs.map((lab) => planOf(labOf(clusterOf(lab), lab)).network.nodes);
    const clashes = networks.flatMap((one, index) =>
      networks
        .slice(index + 1)
        .filter((other) => one.overlaps(other))
        .map((other) => `${one} and ${other}`),
    );
    expect(clashes).toEqual([]);
  });
});
