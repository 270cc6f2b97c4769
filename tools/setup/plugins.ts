import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import commandManifest from "@pulumi/command/package.json" with { type: "json" };
import kubernetesManifest from "@pulumi/kubernetes/package.json" with { type: "json" };
import { cachePaths } from "../../base/paths.ts";
import { run } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import { pulumiVersions } from "../../toolchain/go/pulumiRecipes.ts";
import type { Part } from "../../toolchain/part.ts";
import { libvirtProviderDirectory, libvirtProviderSource } from "../../toolchain/pulumiHome.ts";
import { unfinishedMark } from "../../toolchain/unfinishedMark.ts";
import { pulumiBin } from "./pulumiCli.ts";
import { isReleaseBinary } from "./releaseBinary.ts";

/** The engine's plugins with the versions that the npm packages need. */
export const pluginVersions = {
  "terraform-provider": pulumiVersions.terraformProvider,
  tls: pulumiVersions.tls,
  command: `v${commandManifest.pulumi.version}`,
  kubernetes: `v${kubernetesManifest.pulumi.version}`,
} as const;

export type PluginName = keyof typeof pluginVersions;

/** Runs the CLI without a stack, with an empty backend. */
async function pulumi(
  cache: string,
  args: readonly string[],
  { log, signal }: Pick<Session, "log" | "signal">,
): Promise<void> {
  const bin = await pulumiBin(cache);
  const path = process.env.PATH ?? "";
  await run("pulumi", args, {
    log,
    signal,
    timeoutMs: 15 * 60_000,
    env: {
      PATH: bin === undefined ? path : `${bin}${delimiter}${path}`,
      PULUMI_HOME: cachePaths(cache).pulumiHome,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_BACKEND_URL: "file://~",
    },
  });
}

/** A plugin's release, which the CLI downloads and checks. */
export function pluginReleasePart(cache: string, name: PluginName, session: Session): Part {
  const version = pluginVersions[name];
  const home = cachePaths(cache).pulumiHome;
  const file = join(home, "plugins", `resource-${name}-${version}`, `pulumi-resource-${name}`);
  const present = async () => !existsSync(unfinishedMark(file)) && (await isReleaseBinary(file));
  return {
    name: `plugin-${name}`,
    describe: `pulumi-resource-${name} ${version}`,
    from: "its release, downloaded by the CLI",
    needs: ["pulumi-cli"],
    present,
    bring: () => pulumi(cache, ["plugin", "install", "resource", name, version.slice(1)], session),
    check: async () => {
      if (!(await present())) throw new Error(`the CLI did not put it at ${file}`);
    },
  };
}

/**
 * The libvirt provider's release, which the terraform-provider plugin downloads at its first use.
 */
export function libvirtReleasePart(cache: string, session: Session): Part {
  const version = pulumiVersions.libvirtProvider.slice(1);
  const directory = join(cachePaths(cache).pulumiHome, libvirtProviderDirectory);
  const present = async () => {
    const names = await readdir(directory).catch(() => []);
    const verdicts = await Promise.all(names.map((name) => isReleaseBinary(join(directory, name))));
    return verdicts.includes(true);
  };
  return {
    name: "provider-libvirt",
    describe: `dmacvicar/libvirt v${version}`,
    from: "its release, downloaded by the terraform-provider plugin",
    needs: ["pulumi-cli", "plugin-terraform-provider"],
    present,
    // Done here, since an isolated lab cannot download while the program runs.
    bring: () =>
      pulumi(
        cache,
        ["package", "get-schema", "terraform-provider", libvirtProviderSource, version],
        session,
      ),
    check: async () => {
      if (!(await present())) throw new Error(`the plugin did not put it below ${directory}`);
    },
  };
}
