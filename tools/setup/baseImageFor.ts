import { stat } from "node:fs/promises";
import { baseImagePath } from "../../toolchain/image/parts.ts";
import type { LabConfig } from "../labConfig.ts";
import { cachePaths } from "../paths.ts";
import { cloudImagePath } from "./cloudImage.ts";

/**
 * The path of the image that machines boot: the config's own, whose hash was checked; else the distribution's that was
 * fetched; else the one made here. Nothing where none is here yet.
 */
export async function baseImageFor(
  cache: string,
  { makesMachines, image }: Pick<LabConfig, "makesMachines" | "image">,
): Promise<string | undefined> {
  if (!makesMachines) return undefined;
  if (typeof image !== "string") return ifThere(cachePaths(cache).ownImage(image.sha256));
  const fetched = await cloudImagePath(cache, image);
  if (fetched !== undefined || image !== "debian-12") return fetched;
  return ifThere(await baseImagePath(cache));
}

async function ifThere(path: string): Promise<string | undefined> {
  return (await stat(path).catch(() => undefined)) === undefined ? undefined : path;
}
