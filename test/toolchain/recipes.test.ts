import { readFileSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import { expect, test } from "vitest";
import { artifacts } from "../../model/versions.ts";
import { layouts } from "../../toolchain/artifacts/packArtifacts.ts";
import { goDirectory } from "../../toolchain/go/checkRequirements.ts";
import type { GoRecipe } from "../../toolchain/go/recipe.ts";
import { type RecipeName, recipes } from "../../toolchain/go/recipes.ts";

const all: [string, GoRecipe][] = Object.entries(recipes);
const goMod = (recipe: GoRecipe) =>
  readFileSync(join(goDirectory, recipe.directory, "go.mod"), "utf8");

test.each(all)("%s: go.mod requires the version that the recipe names", (_, recipe) => {
  const line = `${recipe.module} ${recipe.moduleVersion}`;
  const required = goMod(recipe)
    .split("\n")
    .map((text) =>
      text
        .replace(/^require /, "")
        .replace(/ \/\/ indirect$/, "")
        .trim(),
    );
  expect(required).toContain(line);
});

test.each(all)(
  "%s: the recipe's name is its key, its module's name its directory",
  (key, recipe) => {
    expect(recipe.name).toBe(key);
    expect(goMod(recipe)).toMatch(
      new RegExp(`^module example.invalid/hardway/${recipe.directory}$`, "m"),
    );
  },
);

test("a C program that has a go.mod of its own is at the version that it says", () => {
  const own = all.flatMap(([, { directory, binaries }]) =>
    Object.values(binaries).flatMap((binary) =>
      "sources" in binary && binary.directory !== undefined
        ? [{ ...binary, directory: join(directory, binary.directory) }]
        : [],
    ),
  );
  expect(own.map(({ directory }) => directory)).toEqual(["cri-o/conmon"]);
  for (const { directory, module, proofText } of own) {
    const text = readFileSync(join(goDirectory, directory, "go.mod"), "utf8");
    const version = proofText.replace(/^.* /, "");
    expect(text).toContain(`\nrequire ${module} v${version}+incompatible\n`);
  }
});

/** Every module that a go.mod requires, with its version. */
const requirements = (recipe: GoRecipe) =>
  new Map(
    [...goMod(recipe).matchAll(/^(?:require )?\s*(\S+) (v\d\S+)(?: \/\/ indirect)?$/gm)].map(
      ([, module = "", version = ""]) => [module, version],
    ),
  );

test.each<[RecipeName, RecipeName]>([
  ["tls-plugin", "pulumi"],
  ["terraform-provider", "tls-plugin"],
  ["tls-plugin", "terraform-provider"],
  ["crictl", "containerd"],
])(
  "%s requires no older version of a module than %s, so that Go compiles it once",
  (name, base) => {
    const own = requirements(recipes[name]);
    const older = [...requirements(recipes[base])].filter(([module, version]) => {
      const ours = own.get(module);
      return ours !== undefined && semver.lt(ours, version);
    });
    expect(own.size).toBeGreaterThan(10);
    expect(older).toEqual([]);
  },
);

test("Kubernetes' own modules are all at the release of its binaries", () => {
  const staging = [...goMod(recipes.kubernetes).matchAll(/=> k8s\.io\/\S+ (v\S+)$/gm)];
  expect(staging).toHaveLength(33);
  expect(new Set(staging.map((match) => match[1]))).toEqual(
    new Set([recipes.kubernetes.version.replace(/^v1/, "v0")]),
  );
});

test("engine and plugin are those that npm's packages were made for", () => {
  const { dependencies } = JSON.parse(
    readFileSync(join(goDirectory, "..", "..", "package.json"), "utf8"),
  ) as { dependencies: Record<string, string> };
  expect(recipes.pulumi.version).toBe(`v${dependencies["@pulumi/pulumi"]}`);
  expect(recipes["tls-plugin"].version).toBe(`v${dependencies["@pulumi/tls"]}`);
});

test("every artefact that nodes fetch can be built", () => {
  const built = Object.values(layouts).flatMap((layout) => Object.keys(layout));
  expect(built.sort()).toEqual(Object.keys(artifacts).sort());
});

test("every packed binary is one that its recipe builds", () => {
  for (const [name, layout] of Object.entries(layouts) as [RecipeName, object][]) {
    const made = Object.keys(recipes[name].binaries);
    for (const entry of Object.values(layout) as { binary?: string; binaries?: string[] }[]) {
      for (const binary of entry.binaries ?? [entry.binary]) expect(made).toContain(binary);
    }
  }
});
