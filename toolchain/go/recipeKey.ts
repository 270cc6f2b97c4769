import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkRequirements, goDirectory, goVersion } from "./checkRequirements.ts";
import type { GoRecipe } from "./recipe.ts";

/** Part of each key; raise it if `buildGoTool` changes the result of a recipe. */
const buildGeneration = 1;

/**
 * A key of 16 hexadecimal digits that changes with the recipe, its go.mod, go.sum and local
 * sources, and the Go release.
 *
 * @throws UserError without Go, because its release is part of the key
 */
export async function recipeKey(
  recipe: GoRecipe,
  { root = goDirectory, go }: { root?: string; go?: string } = {},
): Promise<string> {
  const compiler = go ?? (await goVersion());
  if (compiler === undefined) {
    await checkRequirements(recipe);
    throw new Error("go version failed, although Go is installed");
  }
  const hash = createHash("sha256");
  hash.update(JSON.stringify([buildGeneration, compiler, recipe]));
  const directory = join(root, recipe.directory);
  for (const file of await sourceFiles(directory)) {
    hash.update(`\0${file}\0`);
    hash.update(await readFile(join(directory, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * Relative paths of go.mod, go.sum and Go sources below `directory`, sorted, without build
 * products.
 */
export async function sourceFiles(directory: string): Promise<string[]> {
  const all = await readdir(directory, { recursive: true });
  return all.filter((path) => /(^|\/)go\.(mod|sum)$|\.go$/.test(path)).sort();
}
