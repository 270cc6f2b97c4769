import { stat } from "node:fs/promises";
import { cachePaths } from "../../base/paths.ts";
import { baseImagePath, madeImage } from "../../toolchain/image/parts.ts";
import type { LabConfig } from "../pulumi/labConfig.ts";
import { cloudImagePath } from "./cloudImage.ts";

/**
 * The path of the image that machines boot: the config's own, whose hash was checked; the one made here; or the distribution's
 * that was fetched. Nothing where it is not here yet.
 */
export async function baseImageFor(
  cache: string,
  { makesMachines, image }: Pick<LabConfig, "makesMachines" | "image">,
): Promise<string | undefined> {
  if (!makesMachines) return undefined;
  if (typeof image !== "string") return ifThere(cachePaths(cache).ownImage(image.sha256));
  return image === madeImage ? ifThere(await baseImagePath(cache)) : cloudImagePath(cache, image);
}

async function ifThere(path: string): Promise<string | undefined> {
  return (await stat(path).catch(() => undefined)) === undefined ? undefined : path;
}
