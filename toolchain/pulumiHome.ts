import { mkdir, readlink, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { cachePaths } from "../base/paths.ts";
import { architecture, withoutV } from "../model/versions.ts";
import { type RecipeName, recipes } from "./go/recipes.ts";
import { unfinishedMark } from "./unfinishedMark.ts";

/** The path below PULUMI_HOME from which the engine loads a plugin. */
function pluginPath(name: string, version: string): string {
  return join("plugins", `resource-${name}-${version}`, `pulumi-resource-${name}`);
}

/** The libvirt provider's address in its registry. */
export const libvirtProviderSource = "registry.opentofu.org/dmacvicar/libvirt";

/**
 * The directory below PULUMI_HOME from which the terraform-provider plugin loads the libvirt
 * provider. The layout is Terraform's: the registry's address is part of a provider's name.
 */
export const libvirtProviderDirectory = join(
  "dynamic_tf_plugins",
  libvirtProviderSource,
  withoutV(recipes["libvirt-provider"].version),
  `linux_${architecture}`,
);

/** The paths below PULUMI_HOME of the binaries that the engine loads. */
export const homePaths = {
  "terraform-provider": pluginPath("terraform-provider", recipes["terraform-provider"].version),
  "tls-plugin": pluginPath("tls", recipes["tls-plugin"].version),
  "libvirt-provider": join(libvirtProviderDirectory, "terraform-provider-libvirt"),
} as const satisfies Partial<Record<RecipeName, string>>;

export type HomeRecipe = keyof typeof homePaths;

/** True if the engine would load `binary` (absolute) as that plugin. */
export async function isInHome(
  cache: string,
  recipe: HomeRecipe,
  binary: string,
): Promise<boolean> {
  const { path, target } = linkTo(cache, recipe, binary);
  const found = await readlink(path).catch(() => undefined);
  return found === target && (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Makes the engine load `binary` (absolute) as that plugin, atomically. */
export async function putInHome(cache: string, recipe: HomeRecipe, binary: string): Promise<void> {
  const { path, target } = linkTo(cache, recipe, binary);
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
  // An earlier download may have failed and left this mark.
  await rm(unfinishedMark(path), { force: true });
}

/** The link is relative, so that the cache can be moved. */
function linkTo(cache: string, recipe: HomeRecipe, binary: string) {
  const path = join(cachePaths(cache).pulumiHome, homePaths[recipe]);
  return { path, target: relative(dirname(path), binary) };
}
