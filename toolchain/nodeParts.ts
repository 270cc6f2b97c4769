import { spawn } from "node:child_process";
import { copyFile, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import commandManifest from "@pulumi/command/package.json" with { type: "json" };
import kubernetesManifest from "@pulumi/kubernetes/package.json" with { type: "json" };
import pulumiManifest from "@pulumi/pulumi/package.json" with { type: "json" };
import { UserError } from "../base/errors.ts";
import { cachePaths, projectDir } from "../base/paths.ts";
import { bundleKey, bundlePlugin, type NodePlugin } from "./bundle.ts";
import type { Part } from "./part.ts";
import { hasPart, makePart, partDirectory } from "./partDirectory.ts";
import { goBinDirectory } from "./parts.ts";
import { place, wrapperText } from "./pluginWrapper.ts";
import { unfinishedMark } from "./unfinishedMark.ts";

/** Time limit for a plugin to print its port. */
const START_MILLISECONDS = 20_000;

/**
 * The alternative sources written in TypeScript: the Node language host and two resource plugins.
 */
export function nodeParts(cache: string): Part[] {
  const home = join(cachePaths(cache).pulumiHome, "plugins");
  const inHome = (name: string, version: string) =>
    join(home, `resource-${name}-v${version}`, `pulumi-resource-${name}`);
  return [
    nodePart(cache, {
      name: "language-nodejs",
      describe: `pulumi-language-nodejs v${pulumiManifest.version}`,
      plugin: "language-host",
      needs: ["pulumi-cli"],
      // The CLI loads a language host from its own directory silently, and from PATH with a
      // warning.
      executable: async () => join(await pulumiBin(cache), "pulumi-language-nodejs"),
      variables: async () => ({ HARDWAY_GEN_SDK: join(await pulumiBin(cache), "gen-sdk") }),
      companion: async () => {
        const name = "pulumi-resource-pulumi-nodejs";
        return {
          from: join(projectDir, "node_modules/@pulumi/pulumi", name),
          to: join(await pulumiBin(cache), name),
        };
      },
    }),
    nodePart(cache, {
      name: "plugin-command",
      describe: `pulumi-resource-command v${commandManifest.pulumi.version}`,
      plugin: "command",
      executable: () => Promise.resolve(inHome("command", commandManifest.pulumi.version)),
    }),
    nodePart(cache, {
      name: "plugin-kubernetes",
      describe: `pulumi-resource-kubernetes v${kubernetesManifest.pulumi.version}`,
      plugin: "kubernetes",
      executable: () => Promise.resolve(inHome("kubernetes", kubernetesManifest.pulumi.version)),
    }),
  ];
}

function pulumiBin(cache: string): Promise<string> {
  return goBinDirectory(cache, "pulumi-cli");
}

interface Recipe {
  readonly name: string;
  readonly describe: string;
  readonly plugin: NodePlugin;
  readonly needs?: readonly string[];
  /** The path from which the CLI loads the plugin. */
  executable(): Promise<string>;
  /** Variables that the plugin gets besides the CLI's environment. */
  variables?(): Promise<Readonly<Record<string, string>>>;
  /** A file to copy beside the plugin, unchanged. */
  companion?(): Promise<{ from: string; to: string }>;
}

function nodePart(cache: string, recipe: Recipe): Part {
  const bundle = async () =>
    join(partDirectory(cache, recipe.name, await bundleKey(recipe.plugin)), `${recipe.plugin}.cjs`);
  const wrapper = async () => wrapperText(await bundle(), (await recipe.variables?.()) ?? {});
  return {
    name: recipe.name,
    describe: recipe.describe,
    from: "its TypeScript source in toolchain/, bundled here",
    ...(recipe.needs ? { needs: recipe.needs } : {}),
    present: async () => {
      if (!(await hasPart(cache, recipe.name, await bundleKey(recipe.plugin)))) return false;
      // Without Go, the directory of a locally built CLI is unknown, so the part counts as missing.
      const executable = await recipe.executable().catch(unlessUserError);
      if (executable === undefined) return false;
      const placed = await readFile(executable, "utf8").catch(() => undefined);
      const companion = await recipe.companion?.();
      return placed === (await wrapper()) && (!companion || (await exists(companion.to)));
    },
    bring: async ({ report, signal }) => {
      const key = await bundleKey(recipe.plugin);
      await makePart(
        { cache, name: recipe.name, key },
        (directory) => {
          report(`bundling ${recipe.plugin}`);
          return bundlePlugin(recipe.plugin, join(directory, `${recipe.plugin}.cjs`));
        },
        { signal, onWait: report },
      );
      const executable = await recipe.executable();
      await place(executable, (path, text) => writeFile(path, text), await wrapper());
      // An earlier download may have failed and left this mark.
      await rm(unfinishedMark(executable), { force: true });
      const companion = await recipe.companion?.();
      if (companion)
        await place(companion.to, (path, from) => copyFile(from, path), companion.from);
    },
    check: async () => provePlugin(await recipe.executable()),
  };
}

function unlessUserError(error: unknown): undefined {
  if (error instanceof UserError) return undefined;
  throw error;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Starts a plugin without an engine, waits for its port and ends the plugin. */
async function provePlugin(executable: string): Promise<void> {
  const child = spawn(executable, [], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  try {
    await firstLine(child, executable);
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

function firstLine(child: ReturnType<typeof spawn>, executable: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    const fail = (why: string) => {
      reject(
        new Error(`${executable}: expected a port on the first line, ${why}\n${stderr}`.trim()),
      );
    };
    const timer = setTimeout(() => fail("found none within 20 s"), START_MILLISECONDS);
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (/^\d+\n/.test(stdout)) resolve();
    });
    child.once("error", (error) => fail(error.message));
    child.once("close", (code) => {
      clearTimeout(timer);
      fail(`it exited with ${code}`);
    });
  });
}
