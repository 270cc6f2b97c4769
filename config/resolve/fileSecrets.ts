import {
  fileModeFormat,
  fileModeText,
  isReadableByAll,
  parseFileMode,
} from "../../model/fileMode.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import { partAt } from "../messages/salvage.ts";
import { isContentPlace } from "../rules/unfitValues.ts";
import { encryptedPlaces } from "./encrypted.ts";
import { clusterIn } from "./stackFile.ts";

/** Which secrets in `files` are safe: encrypted in the stack's file, and unreadable on the node. */

/** Whether the stack's file has this text unencrypted at this place of the lab. */
export function isPlainIn(text: string, keys: Keys, value: string): boolean {
  return partAt(clusterOf(text), keys) === value;
}

/** Encrypted contents of files whose mode lets every user of the machine read them. */
export function readableSecrets(text: string, raw: unknown): ConfigProblem[] {
  // Most files have none, and parsing a large one takes time.
  return encryptedPlaces(text.includes("secure") ? clusterOf(text) : undefined)
    .filter(isContentPlace)
    .flatMap((keys) => {
      const mode = partAt(raw, [...keys.slice(0, -1), "mode"]) ?? "644";
      return typeof mode === "string" && fileModeFormat.test(mode)
        ? modeFaults(parseFileMode(mode)).map((fault) =>
            problemAt([...keys.slice(0, -1), "mode"], fault),
          )
        : [];
    });
}

/** What is wrong with a secret file of this mode. */
export const modeFaults = (mode: number): string[] =>
  isReadableByAll(mode)
    ? [
        `${fileModeText(mode)} lets every user of the machine read the secret in it; write mode: "0600"`,
      ]
    : [];

/** A file that is not YAML has another problem. */
function clusterOf(text: string): unknown {
  try {
    return clusterIn("", text);
  } catch {
    return undefined;
  }
}
