import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { projectDir } from "../../base/paths.ts";
import { erasable, erasableManifest } from "./erasable.ts";

/**
 * Regenerates sdks/libvirt: `pulumi package gen-sdk` writes the stock SDK to a scratch directory,
 * from which the sources are rewritten to the form that needs no compiler.
 *
 * @param version of terraform-provider-libvirt
 */
async function generateLibvirtSdk(version: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "hardway-sdk-"));
  try {
    const run = promisify(execFile);
    const provider = ["terraform-provider", "dmacvicar/libvirt", version];
    const options = ["--language", "nodejs", "--local", "--out", scratch];
    await run("pulumi", ["package", "gen-sdk", ...options, ...provider], { cwd: scratch });
    await takeOver(join(scratch, "nodejs"), join(projectDir, "sdks/libvirt"));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Replaces the SDK in `target` by the rewritten stock SDK. The licence in `target` stays. */
async function takeOver(stock: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of await readdir(target)) {
    if (name !== "LICENSE") await rm(join(target, name), { recursive: true });
  }
  for (const path of await readdir(stock, { recursive: true })) {
    const rewrite = rewriter(path);
    if (!rewrite) continue;
    await mkdir(dirname(join(target, path)), { recursive: true });
    await writeFile(join(target, path), rewrite(await readFile(join(stock, path), "utf8")));
  }
}

function rewriter(path: string): ((text: string) => string) | undefined {
  if (path.includes("node_modules") || path.startsWith("bin")) return undefined;
  if (path.endsWith(".ts")) return (text) => erasable(path, text);
  if (path === "package.json") return erasableManifest;
  if (path === "README.md") return withLicence;
  return undefined;
}

/**
 * The generator names the same licence for every bridged provider; this provider has another one.
 */
function withLicence(text: string): string {
  const generated = /distributed under \[MPL 2\.0\]\([^)]*\)\./;
  if (!generated.test(text)) {
    throw new Error(`README.md: expected a sentence that matches ${String(generated)}, found none`);
  }
  return text
    .trimStart()
    .replace(generated, "distributed under the Apache License 2.0 ([LICENSE](LICENSE)).");
}

if (import.meta.main) {
  const [version] = process.argv.slice(2);
  if (version === undefined) throw new Error("usage: node toolchain/sdk/generate.ts VERSION");
  await generateLibvirtSdk(version);
}
