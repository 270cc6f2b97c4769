import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
import { codeOf } from "../../base/errors.ts";
import { labPaths, projectDir } from "../../base/paths.ts";

/** Keys that Pulumi writes into a stack's config file when it makes the stack: how its secrets are encrypted. */
const secretsKeys = ["encryptionsalt", "secretsprovider", "encryptedkey"] as const;

/**
 * The config of a stack as Pulumi gets it: the person's file with the keys that Pulumi added to the copy before. Where
 * the person's file has keys of its own, those count.
 */
export function withSecretsKeys(text: string, copy: string): string {
  const mine = parseDocument(text);
  if (!isMap(mine.contents)) return text;
  if (secretsKeys.some((key) => mine.has(key))) return text;
  const before = parseDocument(copy);
  if (!isMap(before.contents)) return text;
  const lines = secretsKeys
    .filter((key) => before.has(key))
    .map((key) => `${key}: ${String(before.get(key))}\n`);
  return `${text.endsWith("\n") ? text : `${text}\n`}${lines.join("")}`;
}

/**
 * A directory with a copy of the project's Pulumi.yaml and of `Pulumi.<stack>.yaml`: Pulumi writes the salt of the person's
 * passphrase into a stack's config file, which in the checkout would be a change to commit by mistake.
 *
 * @returns the directory and the copy's path, for `--config-file`
 */
export async function stackConfigCopy(
  stack: string,
  directory: string = projectDir,
): Promise<{ directory: string; file: string }> {
  const name = `Pulumi.${stack}.yaml`;
  const target = join(labPaths(stack).root, "config");
  const file = join(target, name);
  await mkdir(target, { recursive: true, mode: 0o700 });
  await copyFile(join(directory, "Pulumi.yaml"), join(target, "Pulumi.yaml"));
  const copy = await readOr(file, "");
  // A stack may be destroyed after its file was removed: then the copy is all there is.
  const text = withSecretsKeys(await readOr(join(directory, name), copy), copy);
  if (text !== copy) {
    await writeFile(`${file}.part`, text, { mode: 0o600 });
    await rename(`${file}.part`, file);
  }
  return { directory: target, file };
}

async function readOr(path: string, otherwise: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return otherwise;
    throw error;
  }
}
