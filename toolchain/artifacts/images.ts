import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { messageOf, UserError } from "../../base/errors.ts";
import { type ImageName, images } from "../../model/versions.ts";
import { checkSystemPackages } from "../go/checkRequirements.ts";
import { staticC } from "../go/recipe.ts";
import type { RecipeName } from "../go/recipes.ts";
import { type Descriptor, digestOf, ociImage, type RunConfig } from "./ociImage.ts";
import { ustar } from "./ustar.ts";

/** An image of one static executable at `/<binary>`. */
export interface ImageLayout {
  readonly binary: string;
  /** Whose binary it is; without one it is `pause`, compiled from toolchain/artifacts/pause.c. */
  readonly recipe?: RecipeName;
  readonly run: RunConfig;
}

/** The images made here; users, entry points and arguments are those of the official ones. */
export const imageLayouts = {
  pause: { binary: "pause", run: { Entrypoint: ["/pause"], User: "65535:65535" } },
  // Without the file capability of the official image: containerd lets every container bind port 53
  // (enable_unprivileged_ports, on by default since 2.0).
  coredns: {
    binary: "coredns",
    recipe: "coredns",
    run: { Entrypoint: ["/coredns"], User: "65532:65532" },
  },
  // Only agnhost itself: the official image has a shell, curl and nslookup beside it.
  agnhost: {
    binary: "agnhost",
    recipe: "agnhost",
    run: { Entrypoint: ["/agnhost"], Cmd: ["pause"] },
  },
} as const satisfies Record<ImageName, ImageLayout>;

/** An image as its part's table has it: its manifest, and every blob's hash (hexadecimal, the manifest's first). */
export interface PackedImage extends Descriptor {
  readonly blobs: readonly { readonly sha256: string; readonly size: number }[];
}

/** A part's images by reference with tag. */
export type PackedImages = Readonly<Record<string, PackedImage>>;

const pauseSource = join(import.meta.dirname, "pause.c");
const tableFile = "images.json";

/** The path of an image's blob inside its part's directory. */
export function imageBlobPath(directory: string, sha256: string): string {
  return join(directory, "blobs", sha256);
}

/**
 * Changes with whatever the images are made from: 16 hexadecimal digits.
 * `binaryKeys` are the keys of the recipes whose binaries go in.
 */
export async function imagesKey(binaryKeys: readonly string[]): Promise<string> {
  const compiler = await execa("gcc", ["--version"], { reject: false });
  return createHash("sha256")
    .update(JSON.stringify([1, imageLayouts, images, binaryKeys, compiler.stdout]))
    .update(await readFile(pauseSource))
    .digest("hex")
    .slice(0, 16);
}

/**
 * Makes every image into `directory`: its blobs under `blobs/<sha256>`, and the table of references beside them.
 * `binaryDirectory` gives the directory of a recipe's finished binaries.
 */
export async function makeImages(
  directory: string,
  binaryDirectory: (recipe: RecipeName) => string,
): Promise<void> {
  await mkdir(join(directory, "bin"), { recursive: true });
  await mkdir(join(directory, "blobs"));
  await compilePause(join(directory, "bin", "pause"));
  const packed: Record<string, PackedImage> = {};
  for (const [name, layout] of Object.entries(imageLayouts) as [ImageName, ImageLayout][]) {
    const bin = layout.recipe ? binaryDirectory(layout.recipe) : join(directory, "bin");
    const content = await readFile(join(bin, layout.binary));
    const image = ociImage(ustar([{ path: layout.binary, mode: 0o755, content }]), layout.run);
    const blobs: { sha256: string; size: number }[] = [];
    for (const blob of image.blobs) {
      const sha256 = digestOf(blob).replace("sha256:", "");
      await writeFile(imageBlobPath(directory, sha256), blob);
      blobs.push({ sha256, size: blob.length });
    }
    packed[images[name]] = { ...image.descriptor, blobs };
  }
  await writeFile(join(directory, tableFile), `${JSON.stringify(packed, undefined, 2)}\n`);
}

/** What `makeImages` made in this directory. */
export async function readImages(directory: string): Promise<PackedImages> {
  return JSON.parse(await readFile(join(directory, tableFile), "utf8")) as PackedImages;
}

async function compilePause(out: string): Promise<void> {
  await checkSystemPackages("compiling pause", staticC);
  try {
    await execa("gcc", ["-static", "-Os", "-s", "-Wall", "-o", out, pauseSource]);
  } catch (error) {
    throw new UserError(`compiling pause: ${messageOf(error)}`, { cause: error });
  }
}
