import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { UserError } from "../../../base/errors.ts";
import { projectDir } from "../../../base/paths.ts";
import { coreDns, smoke } from "../../../components/addons/manifests.ts";
import { renderSystem } from "../../../components/os/renderSystem.ts";
import { renderTrust } from "../../../components/os/renderTrust.ts";
import { renderCommand } from "../../../components/remote/script.ts";
import { lineFinder } from "../../../config/messages/lineFinder.ts";
import { ConfigError } from "../../../config/messages/problem.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { clusterIn, hasEnvironment, misplacedKeys } from "../../../config/resolve/stackFile.ts";
import { clusterSchema } from "../../../config/schema/clusterSchema.ts";
import { planOf } from "../../../harness/program/labs.ts";
import { stepsOf } from "../../../harness/program/stepsOf.ts";
import type { ClusterPlan, NodePlan } from "../../../plan/clusterPlan.ts";
import { allSettings, changed, surroundingsOfAll } from "./allSettings.ts";
import { change, pathsOf, textChange } from "./changes.ts";

/** Every lab of the repository, one with every setting, and a large one. */
const labs: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    readdirSync(projectDir)
      .filter((name) => /^Pulumi\..+\.yaml$/.test(name))
      .map((name) => [name, clusterIn(name, readFileSync(join(projectDir, name), "utf8"))]),
  ),
  "all settings": allSettings,
  "60 nodes": {
    network: { nodes: "10.30.0.0/24", pods: "10.128.0.0/12" },
    api: { address: "10.30.0.10" },
    pools: {
      control: { count: 3, roles: ["control-plane"], firstAddress: "10.30.0.11" },
      lb: { count: 2, roles: ["load-balancer"], firstAddress: "10.30.0.5" },
      worker: { count: 55, roles: ["worker"], firstAddress: "10.30.0.100" },
    },
  },
};

const name = "Pulumi.mutated.yaml";
const around = { ...surroundingsOfAll, file: { name } };

/** What the program does with `hardway:cluster`, as far as to the text of every file. */
function build(raw: unknown, text: string): ClusterPlan {
  return planOf(labFrom(raw, { ...around, file: { name, text } }));
}

/** A pool's first and last node, and every single one: the others differ in name and address. */
const representatives = ({ nodes }: ClusterPlan): readonly NodePlan[] => {
  const groupOf = ({ name: node }: NodePlan) => node.replace(/-\d+$/, "");
  return nodes.filter(
    (node, index) =>
      groupOf(nodes[index - 1] ?? node) !== groupOf(node) ||
      groupOf(nodes[index + 1] ?? node) !== groupOf(node) ||
      index === 0 ||
      index === nodes.length - 1,
  );
};

function renderAll(plan: ClusterPlan): string {
  const steps = representatives(plan).flatMap((node) => [
    ...stepsOf(plan, node),
    ...(node.system === undefined ? [] : [renderSystem(node.system)]),
    renderTrust(plan.outside.authorities),
  ]);
  const commands = steps.flatMap((step) => [
    renderCommand("ada", step.name, step.create),
    renderCommand("ada", step.name, step.delete ?? ""),
  ]);
  return [...commands, JSON.stringify([coreDns(plan), smoke(plan)])].join("\n");
}

interface Seen {
  refused: number;
  built: number;
  rendered: number;
}

/** The plans that were rendered: most accepted mutations change nothing. */
const plans = new Set<string>();

/** Checks what happens to one mutated file. @throws whatever is neither a refusal nor a plan */
function checkOne(text: string, seen: Seen, read: () => unknown): void {
  try {
    const raw = read();
    const plan = build(raw, text);
    seen.built++;
    const key = JSON.stringify(plan);
    expect(key).not.toMatch(/\bNaN\b|Infinity|\[object /);
    if (plans.has(key)) return;
    plans.add(key);
    seen.rendered++;
    expect(renderAll(plan)).not.toMatch(/\b(undefined|NaN|Infinity)\b|\[object /);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof UserError)) throw error;
    seen.refused++;
    expect(error.message.length).toBeLessThan(60_000);
    const problems = error instanceof ConfigError ? error.problems : [];
    for (const { message } of problems) {
      // zod's default message would mean that a rule has no message.
      expect(message).not.toMatch(/Invalid|undefined|NaN|must match pattern|Too (big|small)/);
      expect(message.length).toBeLessThan(1100);
    }
    expect(error.message).not.toBe("");
  }
}

/** For a longer search: HARDWAY_SEED=7 HARDWAY_MUTATIONS=9999. A failure prints its seed. */
const parameters = {
  numRuns: Number(process.env.HARDWAY_MUTATIONS ?? 1700),
  ...(process.env.HARDWAY_SEED === undefined ? {} : { seed: Number(process.env.HARDWAY_SEED) }),
};

const places = Object.entries(labs).map(([lab, good]) => ({
  lab,
  good,
  paths: pathsOf(good),
  text: stringify({ config: { "hardway:cluster": good } }),
}));

test.each(places)("$lab builds unchanged, to the last file", ({ good, text }) => {
  expect(renderAll(build(good, text))).toContain("kubelet");
});

test("one of the labs has every setting", () => {
  expect(Object.keys(allSettings).sort()).toEqual(Object.keys(clusterSchema.shape).sort());
});

test("a lab with one value changed is refused in words, or builds to the last file", () => {
  const seen: Seen = { refused: 0, built: 0, rendered: 0 };
  const mutation = fc
    .constantFrom(...places)
    .chain((place) => fc.tuple(fc.constant(place), fc.constantFrom(...place.paths), change));
  fc.assert(
    fc.property(mutation, ([{ good, text }, path, by]) => {
      const mutated = changed(good, path, by);
      // In the engine's form: without values that JSON lacks.
      const raw: unknown = mutated === undefined ? undefined : JSON.parse(JSON.stringify(mutated));
      checkOne(text, seen, () => raw);
    }),
    parameters,
  );
  expect(seen.refused).toBeGreaterThan(seen.built);
  expect(seen.rendered).toBeGreaterThan(25);
});

test("a file with its text changed is refused in words, or builds to the last file", () => {
  const seen: Seen = { refused: 0, built: 0, rendered: 0 };
  const mutation = fc.tuple(fc.constantFrom(...places), textChange);
  fc.assert(
    fc.property(mutation, ([{ text }, by]) => {
      const mutated = by(text);
      checkOne(mutated, seen, () => {
        if (hasEnvironment(name, mutated)) throw new UserError("asks Pulumi");
        const raw = clusterIn(name, mutated);
        const misplaced = misplacedKeys(name, mutated);
        if (misplaced.length > 0) {
          throw new ConfigError(name, misplaced, lineFinder(mutated, raw));
        }
        return raw;
      });
    }),
    { ...parameters, numRuns: Math.ceil(parameters.numRuns * 0.3) },
  );
  expect(seen.refused).toBeGreaterThan(100);
  expect(seen.built).toBeGreaterThan(20);
});
