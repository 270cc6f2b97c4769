import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf } from "../../base/errors.ts";
import { projectDir } from "../../base/paths.ts";
import { quote } from "../../base/wording.ts";
import { positionFinder } from "../../config/messages/lineFinder.ts";
import { type ConfigProblem, type Keys, pathText } from "../../config/messages/problem.ts";
import { partAt } from "../../config/messages/salvage.ts";
import { encryptedPlaces, withoutEncrypted } from "../../config/resolve/encrypted.ts";
import { clusterIn, hasEnvironment, misplacedKeys } from "../../config/resolve/stackFile.ts";
import { isInside, missingRemedy } from "../pulumi/labConfig.ts";
import type { NotChecked, Source } from "./report.ts";

/** A stack's config as far as it can be read without Pulumi. */
export interface ReadConfig {
  readonly source: Source;
  /** `hardway:cluster` without encrypted values; unset if the file could not be read. */
  readonly raw?: unknown;
  readonly problems: readonly ConfigProblem[];
  readonly notChecked: readonly NotChecked[];
  /** Whether a problem may come from a value that is not known here. */
  readonly isUncertain: (path: string) => boolean;
}

/** Reads `Pulumi.<stack>.yaml`; never throws for a mistake in it. */
export async function readConfig(stack: string): Promise<ReadConfig> {
  const name = `Pulumi.${stack}.yaml`;
  const unread = (problem: ConfigProblem): ReadConfig => ({
    source: { name, positionOf: () => undefined, shownValueOf: () => undefined },
    problems: [problem],
    notChecked: [],
    isUncertain: () => false,
  });
  let text: string;
  try {
    text = await readFile(join(projectDir, name), "utf8");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    const message = `does not exist; ${await missingRemedy(stack, projectDir)}`;
    return unread({ path: name, message });
  }
  try {
    return readText(name, text);
  } catch (error) {
    // The message begins with the file's name.
    return unread({ path: name, message: messageOf(error).replace(`${name}: `, "") });
  }
}

function readText(name: string, text: string): ReadConfig {
  if (hasEnvironment(name, text)) {
    const why =
      "Pulumi Cloud has a part of the config, an ESC environment; `./lab preview` reads it";
    return {
      source: { name, positionOf: () => undefined, shownValueOf: () => undefined },
      problems: [],
      notChecked: [{ what: name, why }],
      isUncertain: () => true,
    };
  }
  const raw = clusterIn(name, text);
  const encrypted = encryptedPlaces(raw).map(pathText);
  const misplaced = misplacedKeys(name, text);
  const why = "only Pulumi can decrypt it; `./lab preview` checks it";
  return {
    source: {
      name,
      positionOf: positionFinder(text, raw),
      shownValueOf: (keys) => shownValueAt(raw, keys),
    },
    ...(raw === undefined && misplaced.length > 0 ? {} : { raw: withoutEncrypted(raw) }),
    problems: misplaced,
    notChecked: encrypted.map((what) => ({ what, why })),
    isUncertain: (path) =>
      encrypted.some((place) => isInside(path, place) || isInside(place, path)),
  };
}

function shownValueAt(raw: unknown, keys: Keys): string | undefined {
  const value = partAt(raw, keys);
  return value === undefined ? undefined : quote(value);
}
