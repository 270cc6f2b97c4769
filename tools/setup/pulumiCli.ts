import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import semver from "semver";
import { UserError } from "../../base/errors.ts";
import { findCommand } from "../../base/findCommand.ts";
import { cachePaths } from "../../base/paths.ts";
import { run, tryRun } from "../../base/run.ts";
import { digestIn } from "../../mirror/digestFile.ts";
import { downloadFile, fetchText } from "../../mirror/download.ts";
import { megabytes } from "../../mirror/pullImage.ts";
import { pulumiVersions } from "../../toolchain/go/pulumiRecipes.ts";
import type { Part } from "../../toolchain/part.ts";
import { hasPart, makePart, partDirectory } from "../../toolchain/partDirectory.ts";
import { goBinDirectory } from "../../toolchain/parts.ts";
import { isReleaseBinary } from "./releaseBinary.ts";

/** The host of Pulumi's releases and plugins. */
export const pulumiHost = "get.pulumi.com";

const version = pulumiVersions.pulumi;
const releases = `https://${pulumiHost}/releases/sdk`;
const directoryName = "pulumi-release";

function releaseBin(cache: string): string {
  return join(partDirectory(cache, directoryName, version), "bin");
}

/**
 * The directory of the CLI, to be put first on PATH: the release's, else the one built here;
 * undefined for the user's own.
 *
 * @throws UserError if there is no CLI
 */
export async function pulumiBin(cache: string): Promise<string | undefined> {
  if (await hasPart(cache, directoryName, version)) return releaseBin(cache);
  const built = await goBinDirectory(cache, "pulumi-cli").catch(() => undefined);
  if (built !== undefined && (await findIn(built))) return built;
  if (await ownPulumi()) return undefined;
  throw new UserError("pulumi is not installed yet; run `./lab setup`");
}

export async function hasPulumi(cache: string): Promise<boolean> {
  return pulumiBin(cache).then(
    () => true,
    () => false,
  );
}

/** True if the CLI or a plugin that it would load was built here. */
export async function usesBuilt(cache: string): Promise<boolean> {
  const bin = await pulumiBin(cache);
  if (bin !== undefined && bin !== releaseBin(cache)) return true;
  const plugins = join(cachePaths(cache).pulumiHome, "plugins");
  for (const directory of await readdir(plugins).catch(() => [])) {
    const name = /^resource-(.+)-v\d+\.\d+\.\d+$/.exec(directory)?.[1];
    const file = join(plugins, directory, `pulumi-resource-${name ?? ""}`);
    if (name !== undefined && !(await isReleaseBinary(file))) return true;
  }
  return false;
}

async function findIn(directory: string): Promise<boolean> {
  return (await tryRun(join(directory, "pulumi"), ["version"])).failure === "";
}

/** The user's own pulumi, if it has the pinned major version and is not older. */
export async function ownPulumi(): Promise<string | undefined> {
  const path = await findCommand("pulumi");
  if (path === undefined) return undefined;
  const { stdout } = await tryRun(path, ["version"], {
    timeoutMs: 10_000,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return semver.satisfies(stdout.trim(), `^${version.slice(1)}`) ? path : undefined;
}

/** The CLI on the user's PATH, which is never installed. */
export function ownPulumiPart(): Part {
  return {
    name: "pulumi-cli",
    describe: "pulumi on your PATH",
    from: "your PATH",
    present: async () => (await ownPulumi()) !== undefined,
    bring: () => Promise.reject(new Error("never installed")),
    check: () => Promise.resolve(),
  };
}

/** Pulumi's release: the CLI and its language hosts, checked against the published digests. */
export function pulumiReleasePart(cache: string): Part {
  const file = `pulumi-${version}-linux-x64.tar.gz`;
  const digests = `${releases}/pulumi-${version.slice(1)}-checksums.txt`;
  return {
    name: "pulumi-cli",
    describe: `pulumi ${version}`,
    from: "its release",
    present: () => hasPart(cache, directoryName, version),
    bring: async ({ report, signal }) => {
      const place = { cache, name: directoryName, key: version };
      const make = async (directory: string) => {
        const { text } = await fetchText(digests, { name: `digests of ${file}`, signal });
        const archive = join(directory, file);
        await downloadFile(`${releases}/${file}`, archive, {
          name: file,
          wanted: digestIn(text, file, digests),
          signal,
          onBytes: (got, of) => report(`${megabytes(got)} of ${megabytes(of ?? got)}`),
        });
        report("unpacking");
        await mkdir(join(directory, "unpacked"));
        await run("tar", ["-xzf", archive, "-C", join(directory, "unpacked")], { signal });
        await rename(join(directory, "unpacked", "pulumi"), join(directory, "bin"));
        await rm(archive);
        await rm(join(directory, "unpacked"), { recursive: true });
      };
      await makePart(place, make, { signal, onWait: report });
    },
    check: async () => {
      const found = (await run(join(releaseBin(cache), "pulumi"), ["version"])).trim();
      if (found !== version) throw new Error(`pulumi reports ${found}, expected ${version}`);
    },
  };
}

/** The Node language host in the release. */
export function releaseLanguagePart(cache: string): Part {
  const path = join(releaseBin(cache), "pulumi-language-nodejs");
  return {
    name: "language-nodejs",
    describe: `pulumi-language-nodejs ${version}`,
    from: "the same release as pulumi",
    needs: ["pulumi-cli"],
    present: () => isReleaseBinary(path),
    bring: () => Promise.resolve(),
    check: async () => {
      if (!(await isReleaseBinary(path))) throw new Error(`${path} is not in the release`);
    },
  };
}

/** The Node language host next to the user's own CLI. */
export function ownLanguagePart(): Part {
  return {
    name: "language-nodejs",
    describe: "pulumi-language-nodejs on your PATH",
    from: "your PATH",
    present: async () =>
      (await ownPulumi()) !== undefined &&
      (await findCommand("pulumi-language-nodejs")) !== undefined,
    bring: () => Promise.reject(new Error("never installed")),
    check: () => Promise.resolve(),
  };
}
