import { stat } from "node:fs/promises";
import { cachePaths } from "../../base/paths.ts";
import { baseImagePath, madeImage } from "../../toolchain/image/parts.ts";
import type { LabConfig } from "../pulumi/labConfig.ts";
import { cloudImagePath } from "./cloudImage.ts";

/**
 * The path of the image that guests boot: the config's own, after its hash was checked; the one
 * built here; or the downloaded one. Undefined if it is not on this machine yet.
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
