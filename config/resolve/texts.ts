import { secretIn } from "../../base/secrets.ts";
import { shown } from "../../base/wording.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import { nodeGroups } from "../rules/nodeGroups.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { modeFaults } from "./fileSecrets.ts";
import { expandPath } from "./keyFile.ts";
import type { Resolved, Surroundings } from "./surroundings.ts";

type Config = Draft<ClusterConfig>;
type Files = NonNullable<Config["files"]>;

/** A step sends all files of a node in one script, which may have 128 KiB. */
const mostBytes = 48 * 1024;

/** Reads the files in `files`, by config path, and reports those that cannot be sent to a node. */
export function resolveTexts(
  config: Config,
  surroundings: Pick<Surroundings, "home" | "directory" | "read">,
): Required<Resolved<Readonly<Record<string, string>>>> {
  const texts = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const { keys, files } of placesOf(config)) {
    let bytes = 0;
    for (const [path, file = {}] of Object.entries(files)) {
      const { text = "", key, fault } = textOf(file, surroundings);
      if (fault !== undefined) problems.push(problemAt([...keys, path, key], fault));
      if (file.from !== undefined) texts.set(file.from, text);
      bytes += Buffer.byteLength(text);
    }
    if (bytes > mostBytes) {
      problems.push(
        problemAt(
          keys,
          `hold ${bytes} bytes together, the limit is ${mostBytes}; put larger files into a custom image (machines.image) or a pod`,
        ),
      );
    }
  }
  return { value: Object.fromEntries(texts), problems };
}

function placesOf(config: Config): { readonly keys: Keys; readonly files: Files }[] {
  const groups = nodeGroups(config).map(({ keys, settings }) => ({
    keys: [...keys, "files"],
    files: settings.files ?? {},
  }));
  return [{ keys: ["files"], files: config.files ?? {} }, ...groups];
}

function textOf(
  { content, from, mode = 0o644 }: NonNullable<Files[string]>,
  { home, directory, read }: Pick<Surroundings, "home" | "directory" | "read">,
): { readonly text?: string | undefined; readonly key: string; readonly fault?: string } {
  // A shell cannot handle NUL, and text that is not UTF-8 would arrive changed.
  const isText = (text = "") => !/[\0\ufffd]/.test(text);
  if (from === undefined) {
    const key = "content";
    return isText(content)
      ? { text: content, key }
      : { key, fault: "is not text; write text only" };
  }
  const key = "from";
  const file = read(expandPath(from, home, directory));
  if (file.kind === "none") {
    return { key, fault: `${shown(from)} ${file.why}; expected a text file` };
  }
  if (!isText(file.text)) {
    return { key, fault: `${shown(from)} is not UTF-8 text; only text can be sent to nodes` };
  }
  const [fault] = modeFaults(mode);
  const secret = fault === undefined ? undefined : secretIn(file.text);
  return fault === undefined || secret === undefined
    ? { text: file.text, key }
    : { key, fault: `${shown(from)} holds ${secret}, and mode ${fault}` };
}
