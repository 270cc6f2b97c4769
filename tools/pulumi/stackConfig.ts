import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
import { codeOf } from "../../base/errors.ts";
import { labPaths, projectDir } from "../../base/paths.ts";

/** The keys that Pulumi writes into a new stack's config file, about the encryption of secrets. */
const secretsKeys = ["encryptionsalt", "secretsprovider", "encryptedkey"] as const;

/**
 * Adds the keys that Pulumi wrote into the previous copy to the user's config file. The user's own
 * values override them.
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
 * Copies the project's Pulumi.yaml and `Pulumi.<stack>.yaml` to a directory. Pulumi writes the
 * passphrase's salt into a stack's config file, which must not change the checkout.
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
  // A stack can be destroyed after its file was deleted, from the copy.
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
