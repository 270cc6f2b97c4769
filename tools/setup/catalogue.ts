import { findCommand } from "../../base/findCommand.ts";
import type { Session } from "../../base/session.ts";
import { isWanted } from "../../config/resolve/labArtifacts.ts";
import { cloudImages } from "../../model/versions.ts";
import { goVersion } from "../../toolchain/go/checkRequirements.ts";
import { imageParts, madeImage } from "../../toolchain/image/parts.ts";
import { nodeParts } from "../../toolchain/nodeParts.ts";
import type { Part } from "../../toolchain/part.ts";
import { goParts } from "../../toolchain/parts.ts";
import type { LabConfig } from "../pulumi/labConfig.ts";
import type { Candidate, Choice } from "./choose.ts";
import { cloudImagePart } from "./cloudImage.ts";
import {
  type ArtifactGroup,
  artifactGroups,
  artifactHost,
  artifactReleasePart,
  groupInMirror,
  imageHost,
  imageReleasePart,
  imagesInMirror,
} from "./mirrorParts.ts";
import { ownImagePart } from "./ownImage.ts";
import {
  buildPackages,
  crioPackages,
  imagePackages,
  machinePackages,
  type PackageNeed,
  testPackages,
} from "./packages.ts";
import { libvirtReleasePart, type PluginName, pluginReleasePart } from "./plugins.ts";
import {
  ownLanguagePart,
  ownPulumiPart,
  pulumiHost,
  pulumiReleasePart,
  releaseLanguagePart,
} from "./pulumiCli.ts";
import type { Availability, Reach } from "./reach.ts";
import { systemPackages } from "./systemPackages.ts";

/**
 * The purposes of parts: `engine` runs the program, `machines` creates guests, `nodes` is installed
 * on nodes, `tests` creates the container machines of the end-to-end tests.
 */
export type Purpose = "engine" | "machines" | "nodes" | "tests";

export interface CatalogueOptions {
  readonly cache: string;
  readonly session: Session;
  readonly purposes: readonly Purpose[];
  readonly config: Pick<LabConfig, "makesMachines" | "image" | "artifacts">;
  readonly reach: Reach;
}

/**
 * Every part that the purposes need, in order of needs, with its sources in order of preference.
 * Parts named in `helpers` are installed only if a missing part needs them.
 */
export function catalogue(options: CatalogueOptions): Choice[] {
  const { purposes, config } = options;
  const choices: Choice[] = [];
  if (purposes.includes("machines") && config.makesMachines) choices.push(machineTools(options));
  if (purposes.includes("tests")) choices.push(testTools(options));
  choices.push(...helperChoices(options));
  if (purposes.includes("engine")) choices.push(...engineChoices(options));
  if (purposes.includes("nodes")) choices.push(...nodeChoices(options));
  return choices;
}

/** Parts that only fallback sources need. */
export const helpers = ["build-tools", "crio-tools", "image-tools"] as const;

const never = (why: string): Candidate["available"] => {
  return () => Promise.resolve({ available: false, why });
};

const always = (why: string): Candidate["available"] => {
  return () => Promise.resolve({ available: true, why });
};

async function goIsHere(): Promise<Availability> {
  const version = await goVersion();
  return version === undefined
    ? { available: false, why: "no Go to build it with" }
    : { available: true, why: `built here with ${version.replace(/^go version (\S+).*/, "$1")}` };
}

function packagesChoice(
  { session }: CatalogueOptions,
  name: string,
  describe: string,
  needs: readonly PackageNeed[],
): Choice {
  const part = systemPackages(name, describe, needs, session);
  const why = process.getuid?.() === 0 ? "this is root" : "asks before using sudo";
  return { name, candidates: [{ part, available: always(why) }] };
}

const machineTools = (options: CatalogueOptions): Choice =>
  packagesChoice(options, "machine-tools", "qemu, libvirt and their dependencies", machinePackages);

const testTools = (options: CatalogueOptions): Choice =>
  packagesChoice(options, "test-tools", "the packages for container machines", [
    ...testPackages,
    ...imagePackages.slice(0, 1),
  ]);

const helperChoices = (options: CatalogueOptions): Choice[] => [
  packagesChoice(options, "build-tools", "a C compiler and libraries", buildPackages),
  packagesChoice(options, "crio-tools", "the libraries for CRI-O's conmon", crioPackages),
  packagesChoice(options, "image-tools", "mmdebstrap and disk tools", imagePackages),
];

/** Selects a part by name. */
function builtPart(parts: readonly Part[], name: string, needs: readonly string[] = []): Part {
  const part = parts.find((candidate) => candidate.name === name);
  if (part === undefined) throw new Error(`toolchain has no part ${name}`);
  return { ...part, needs: [...(part.needs ?? []), ...needs] };
}

function engineChoices({ cache, session, config, reach }: CatalogueOptions): Choice[] {
  const [go, node] = [goParts(cache), nodeParts(cache)];
  const released = () => reach(pulumiHost);
  const cli: Choice["candidates"] = [
    { part: ownPulumiPart(), available: never("") },
    { part: pulumiReleasePart(cache), available: released },
    { part: builtPart(go, "pulumi-cli"), available: goIsHere },
  ];
  const bundled = always("bundled here");
  const language: Choice["candidates"] = [
    { part: ownLanguagePart(), available: never("") },
    {
      part: releaseLanguagePart(cache),
      available: (earlier) => {
        const fits = earlier.get("pulumi-cli")?.part === cli[1]?.part;
        return Promise.resolve({ available: fits, why: fits ? "it is in pulumi's release" : "" });
      },
    },
    { part: builtPart(node, "language-nodejs"), available: bundled },
  ];
  const plugin = (name: PluginName, second: Candidate): Choice => ({
    name: `plugin-${name}`,
    candidates: [{ part: pluginReleasePart(cache, name, session), available: released }, second],
  });
  const fromGo = (name: string): Candidate => ({ part: builtPart(go, name), available: goIsHere });
  const fromNode = (name: string): Candidate => {
    return { part: builtPart(node, name), available: bundled };
  };
  const choices: Choice[] = [
    { name: "pulumi-cli", candidates: cli },
    { name: "language-nodejs", candidates: language },
    plugin("tls", fromGo("plugin-tls")),
    plugin("command", fromNode("plugin-command")),
    plugin("kubernetes", fromNode("plugin-kubernetes")),
  ];
  if (!config.makesMachines) return choices;
  const libvirt: Candidate = {
    part: libvirtReleasePart(cache, session),
    available: () => reach("registry.opentofu.org"),
  };
  return [
    ...choices,
    plugin("terraform-provider", fromGo("plugin-terraform-provider")),
    { name: "provider-libvirt", candidates: [libvirt, fromGo("provider-libvirt")] },
  ];
}

/** The helpers that building a group needs. */
function toolsOf(group: ArtifactGroup): string[] {
  if (group === "cri-o") return ["build-tools", "crio-tools"];
  return group === "runc" || group === "flannel" ? ["build-tools"] : [];
}

function nodeChoices(options: CatalogueOptions): Choice[] {
  const { cache, config, reach } = options;
  const go = goParts(cache);
  const groups = (Object.keys(artifactGroups) as ArtifactGroup[]).filter((group) =>
    isWanted(group, config.artifacts),
  );
  /**
   * A mirror copied from another machine has built files without the tools they were built with.
   */
  const carried = (part: Part, inMirror: () => Promise<boolean>): Part => ({
    ...part,
    present: async () => {
      if (await part.present()) return true;
      return (await goVersion()) === undefined && (await inMirror());
    },
  });
  const choices = groups.map((group): Choice => {
    const built = carried(builtPart(go, group, toolsOf(group)), () =>
      groupInMirror(cache, group, "built"),
    );
    const release = artifactReleasePart(cache, group);
    return {
      name: group,
      candidates: [
        { part: release, available: () => reach(artifactHost(group)) },
        { part: built, available: goIsHere },
      ],
      ...(group === "cri-o" ? { without: "write runtime: containerd to do without it" } : {}),
    };
  });
  const images = builtPart(go, "container-images", ["build-tools"]);
  choices.push({
    name: "container-images",
    candidates: [
      { part: imageReleasePart(cache), available: () => reach(imageHost) },
      { part: carried(images, () => imagesInMirror(cache, "built")), available: goIsHere },
    ],
  });
  return [...choices, ...baseImage(options)];
}

/** The image that guests boot; none if the lab has no guests. */
function baseImage(options: CatalogueOptions): Choice[] {
  const { cache, session, reach } = options;
  const { makesMachines, image } = options.config;
  if (!makesMachines) return [];
  if (typeof image !== "string") {
    const own = { part: ownImagePart(cache, image), available: always("it is set in the config") };
    return [{ name: "base-image", candidates: [own] }];
  }
  if (image !== madeImage) {
    const cloud: Candidate = {
      part: cloudImagePart(cache, image),
      available: () => reach(new URL(cloudImages[image].url).host),
    };
    return [{ name: "base-image", candidates: [cloud] }];
  }
  const made: Candidate = {
    part: builtPart(imageParts(cache, session), "base-image", ["image-tools"]),
    available: canMakeImage,
  };
  return [
    {
      name: "base-image",
      candidates: [made],
      without: "write machines.image: ubuntu-24.04 to do without it",
    },
  ];
}

/**
 * Debian's own image lacks commands that nodes need (`cloudImages`); this one has them and boots in
 * half the time.
 */
async function canMakeImage(): Promise<Availability> {
  return (await findCommand("apt-get")) === undefined
    ? {
        available: false,
        why: "debian-12 can only be built on Debian or Ubuntu, from Debian's packages",
      }
    : {
        available: true,
        why: "built here from Debian's packages, with all commands that nodes need",
      };
}
