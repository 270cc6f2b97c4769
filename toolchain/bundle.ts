import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { projectDir } from "../base/paths.ts";

/** The plugins written here, by the directory that each has in toolchain/. */
export type NodePlugin = "language-host" | "command" | "kubernetes";

/**
 * Makes one file of a plugin and everything it imports, so that it runs without node_modules.
 *
 * @param file where the bundle goes, absolute; CommonJS, so its name ends in `.cjs`
 */
export async function bundlePlugin(plugin: NodePlugin, file: string): Promise<void> {
  await build({
    entryPoints: [join(projectDir, "toolchain", plugin, "main.ts")],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node22",
    // CommonJS: gRPC, protobuf and ssh2 are, and use require in ways that an ES module cannot.
    format: "cjs",
    // ssh2 does without these two where they are missing: Node's own crypto serves.
    external: ["cpu-features"],
    loader: { ".node": "empty" },
    legalComments: "inline",
    logLevel: "silent",
  });
}

/** What a bundle is made of, as 16 hexadecimal digits: the plugin's sources and every locked package. */
export async function bundleKey(plugin: NodePlugin): Promise<string> {
  const hash = createHash("sha256");
  const add = async (path: string) => {
    hash
      .update(`${path}\0`)
      .update(await readFile(join(projectDir, path)))
      .update("\0");
  };
  await add("package-lock.json");
  await add("toolchain/bundle.ts");
  for (const directory of ["toolchain/rpc", `toolchain/${plugin}`]) {
    const names = await readdir(join(projectDir, directory), { recursive: true });
    for (const name of names.filter((file) => file.endsWith(".ts")).sort()) {
      await add(join(directory, name));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
