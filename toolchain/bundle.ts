import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { projectDir } from "../base/paths.ts";

/** The plugins written in TypeScript, by their directory in toolchain/. */
export type NodePlugin = "language-host" | "command" | "kubernetes";

/**
 * Bundles a plugin and everything it imports into one file, so that it runs without node_modules.
 *
 * @param file absolute path of the bundle; it ends in `.cjs`, because the bundle is CommonJS
 */
export async function bundlePlugin(plugin: NodePlugin, file: string): Promise<void> {
  await build({
    entryPoints: [join(projectDir, "toolchain", plugin, "main.ts")],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node22",
    // CommonJS, because gRPC, protobuf and ssh2 use require in ways that an ES module cannot.
    format: "cjs",
    // ssh2 uses Node's own crypto if these two are missing.
    external: ["cpu-features"],
    loader: { ".node": "empty" },
    legalComments: "inline",
    logLevel: "silent",
  });
}

/**
 * A key of 16 hexadecimal digits that changes with the plugin's sources and every locked package.
 */
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
