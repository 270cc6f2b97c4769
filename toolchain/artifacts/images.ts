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
  /** The recipe that builds the binary; without one, the binary is `pause`, from pause.c. */
  readonly recipe?: RecipeName;
  readonly run: RunConfig;
}

/**
 * The images that hardway builds, with the users, entry points and arguments of the official ones.
 */
export const imageLayouts = {
  pause: { binary: "pause", run: { Entrypoint: ["/pause"], User: "65535:65535" } },
  // The official image has a file capability for port 53. Here containerd lets every container bind
  // low ports (enable_unprivileged_ports, on by default since 2.0).
  coredns: {
    binary: "coredns",
    recipe: "coredns",
    run: { Entrypoint: ["/coredns"], User: "65532:65532" },
  },
  // Contains only agnhost; the official image also has a shell, curl and nslookup.
  agnhost: {
    binary: "agnhost",
    recipe: "agnhost",
    run: { Entrypoint: ["/agnhost"], Cmd: ["pause"] },
  },
} as const satisfies Record<ImageName, ImageLayout>;

/**
 * A packed image: its manifest, and the SHA-256 of every blob, in hexadecimal, the manifest's
 * first.
 */
export interface PackedImage extends Descriptor {
  readonly blobs: readonly { readonly sha256: string; readonly size: number }[];
}

/** A part's images, by reference with tag. */
export type PackedImages = Readonly<Record<string, PackedImage>>;

const pauseSource = join(import.meta.dirname, "pause.c");
const tableFile = "images.json";

/** The path of an image's blob inside its part's directory. */
export function imageBlobPath(directory: string, sha256: string): string {
  return join(directory, "blobs", sha256);
}

/**
 * A key of 16 hexadecimal digits that changes with everything the images are made from.
 * `binaryKeys` are the keys of the recipes whose binaries the images contain.
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
 * Writes every image to `directory`: the blobs to `blobs/<sha256>`, and the table of references.
 * `binaryDirectory` returns the directory of a recipe's finished binaries.
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

/** Reads the table that `makeImages` wrote to this directory. */
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
