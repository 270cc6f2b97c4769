import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../base/errors.ts";
import { versions } from "../model/versions.ts";
import { imageLayouts, imagesKey, makeImages, readImages } from "./artifacts/images.ts";
import { layouts, packArtifacts, readPacked } from "./artifacts/packArtifacts.ts";
import {
  missingArtifacts,
  missingImages,
  publishArtifacts,
  publishImages,
} from "./artifacts/publish.ts";
import { buildGoTool, proveBinaries } from "./go/build.ts";
import { recipeKey } from "./go/recipeKey.ts";
import { type RecipeName, recipes } from "./go/recipes.ts";
import type { BringContext, Part } from "./part.ts";
import { hasPart, makePart, partDirectory } from "./partDirectory.ts";
import { type HomeRecipe, homePaths, isInHome, putInHome } from "./pulumiHome.ts";

/** The parts with one recipe each, by the names that setup pairs with the official sources. */
const recipeOfPart = {
  "pulumi-cli": "pulumi",
  "plugin-terraform-provider": "terraform-provider",
  "provider-libvirt": "libvirt-provider",
  "plugin-tls": "tls-plugin",
  kubernetes: "kubernetes",
  etcd: "etcd",
  containerd: "containerd",
  "cri-o": "cri-o",
  runc: "runc",
  "cni-plugins": "cni-plugins",
  crictl: "crictl",
  flannel: "flannel",
} as const satisfies Record<string, RecipeName>;

export type GoPartName = keyof typeof recipeOfPart;

/** Estimates from the size of the sources and from separate builds; only their order matters. */
const cpuMinutes: Record<GoPartName, number> = {
  kubernetes: 14,
  "pulumi-cli": 8,
  "cri-o": 6,
  "plugin-tls": 2,
  "plugin-terraform-provider": 1,
  containerd: 3,
  etcd: 2,
  flannel: 2,
  crictl: 1,
  "provider-libvirt": 1,
  runc: 1,
  "cni-plugins": 1,
};
/** Mostly CoreDNS. */
const imagesCpuMinutes = 4;

/**
 * Parts that share most packages with another part. Built after it, they reuse Go's build cache;
 * built in parallel, Go would compile the packages twice.
 */
const sharesPackagesWith: Partial<Record<GoPartName, GoPartName>> = {
  "plugin-tls": "pulumi-cli",
  "plugin-terraform-provider": "plugin-tls",
  crictl: "containerd",
};

/** The alternative sources built from Go modules, and the images built from some of them. */
export function goParts(cache: string): Part[] {
  const names = Object.keys(recipeOfPart) as GoPartName[];
  return [...names.map((name) => goPart(cache, name)), imagesPart(cache)];
}

/**
 * The directory of a part's executables, which exists once the part is installed.
 *
 * @throws UserError without Go, because the directory's name depends on Go's release
 */
export async function goBinDirectory(cache: string, name: GoPartName): Promise<string> {
  return join(await directoryOf(cache, recipeOfPart[name]), "bin");
}

async function directoryOf(cache: string, recipe: RecipeName): Promise<string> {
  return partDirectory(cache, recipe, await keyOf(recipe));
}

/** A key requires reading files and asking Go for its version, so each is computed once per run. */
const keys = new Map<RecipeName, Promise<string>>();

function keyOf(recipe: RecipeName): Promise<string> {
  const known = keys.get(recipe) ?? recipeKey(recipes[recipe]);
  keys.set(recipe, known);
  return known;
}

/** `body`, or false if a missing tool (Go, gcc) prevents an answer. */
async function orAbsent(body: () => Promise<boolean>): Promise<boolean> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** Builds a recipe and packs its artifacts, unless both are finished. */
async function build(cache: string, name: RecipeName, context: BringContext): Promise<void> {
  const recipe = recipes[name];
  const { report, signal, log } = context;
  let logged = Promise.resolve();
  const onLine = (line: string) => {
    report(line);
    logged = logged.then(() => appendFile(log, `${line}\n`));
  };
  await makePart(
    { cache, name, key: await keyOf(name) },
    async (directory) => {
      report(`building ${name} ${recipe.version} with Go`);
      await buildGoTool(recipe, join(directory, "bin"), { onLine, signal });
      if (!layouts[name]) return;
      report(`packing ${name} ${recipe.version}`);
      await packArtifacts(name, directory);
    },
    { signal, onWait: report },
  );
  await logged;
}

function goPart(cache: string, name: GoPartName): Part {
  const recipeName = recipeOfPart[name];
  const recipe = recipes[recipeName];
  const isHome = recipeName in homePaths;
  const shared = sharesPackagesWith[name];
  /**
   * True if the files outside the part's directory exist: the plugin in PULUMI_HOME, or the
   * artifacts in the mirror.
   */
  const isPlaced = async (directory: string): Promise<boolean> => {
    if (layouts[recipeName]) {
      return (await missingArtifacts(cache, await readPacked(directory))).length === 0;
    }
    if (!isHome) return true;
    return isInHome(cache, recipeName as HomeRecipe, homeBinary(directory));
  };
  const homeBinary = (directory: string) =>
    join(directory, "bin", Object.keys(recipe.binaries)[0] ?? "");
  return {
    name,
    describe: `${name} ${recipe.version} (${Object.keys(recipe.binaries).join(", ")})`,
    from: "its Go module, built here",
    needs: shared === undefined ? [] : [shared],
    cpuMinutes: cpuMinutes[name],
    present: () =>
      orAbsent(async () => {
        if (!(await hasPart(cache, recipeName, await keyOf(recipeName)))) return false;
        return isPlaced(await directoryOf(cache, recipeName));
      }),
    bring: async (context) => {
      await build(cache, recipeName, context);
      const directory = await directoryOf(cache, recipeName);
      if (layouts[recipeName])
        await publishArtifacts(cache, directory, await readPacked(directory));
      if (isHome) await putInHome(cache, recipeName as HomeRecipe, homeBinary(directory));
    },
    check: async () => {
      const directory = await directoryOf(cache, recipeName);
      await proveBinaries(recipe, join(directory, "bin"));
      if (await isPlaced(directory)) return;
      throw new Error(`${name}: built in ${directory}, but not installed where it is used`);
    },
  };
}

function imagesPart(cache: string): Part {
  const name = "container-images";
  const sources = Object.values(imageLayouts).flatMap((layout) =>
    "recipe" in layout ? [layout.recipe] : [],
  );
  const keyOfImages = async () => imagesKey(await Promise.all(sources.map(keyOf)));
  const directory = async () => partDirectory(cache, name, await keyOfImages());
  const missing = async () => missingImages(cache, await readImages(await directory()));
  return {
    name,
    describe: `images of pause ${versions.pause}, CoreDNS ${versions.coredns}, agnhost ${versions.agnhost}`,
    from: "Go modules and a C file, made here",
    cpuMinutes: imagesCpuMinutes,
    present: () =>
      orAbsent(async () => {
        const there = await hasPart(cache, name, await keyOfImages());
        return there && (await missing()).length === 0;
      }),
    bring: async (context) => {
      for (const source of sources) await build(cache, source, context);
      const keyed = Object.fromEntries(
        await Promise.all(
          sources.map(async (source) => [source, await directoryOf(cache, source)]),
        ),
      ) as Partial<Record<RecipeName, string>>;
      await makePart(
        { cache, name, key: await keyOfImages() },
        (temporary) => {
          context.report("building the images");
          return makeImages(temporary, (recipe) => join(keyed[recipe] ?? "", "bin"));
        },
        { signal: context.signal, onWait: context.report },
      );
      await publishImages(cache, await directory(), await readImages(await directory()));
    },
    check: async () => {
      const left = await missing();
      if (left.length > 0) throw new Error(`the mirror lacks ${left.join(", ")}`);
    },
  };
}
