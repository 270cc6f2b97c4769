import { goModules } from "./goFields.ts";

const files = ["embed/config.go", "etcdmain/config.go"];

/** The type of a flag by the Go function that registers it; others are text. */
const types: Readonly<Record<string, string>> = {
  Bool: "bool",
  Duration: "duration",
  Int: "int",
  Int64: "int",
  Uint: "uint",
  Uint32: "uint",
  Uint64: "uint",
};

/**
 * The types of etcd's flags, from the code that registers them: etcd's help shows a default instead
 * of a type.
 */
export function etcdFlagTypes(): Record<string, string> {
  const modules = goModules("etcd", ["go.etcd.io/etcd/server/v3"]);
  const text = files.map((path) => modules.read(["go.etcd.io/etcd/server/v3", path])).join("\n");
  const calls = text.matchAll(/\bfs\.(\w*)Var\(([\s\S]*?)"([a-z][a-z0-9-]*)",/g);
  return Object.fromEntries(
    [...calls].map(([, kind = "", before = "", name = ""]) => {
      const value = /flags\.New(\w+?)Value\(/.exec(before)?.[1];
      return [name, types[kind === "" ? (value ?? "") : kind] ?? "string"];
    }),
  );
}
