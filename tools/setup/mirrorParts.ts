import { parseReference, pullImage } from "../../mirror/pullImage.ts";
import { hasBlob, type MirrorLock, readMirrorLock, type Source } from "../../mirror/store.ts";
import { syncArtifact } from "../../mirror/syncArtifact.ts";
import {
  type ArtifactName,
  type ArtifactSource,
  artifactKey,
  artifacts,
  images,
} from "../../model/versions.ts";
import type { Part } from "../../toolchain/part.ts";

/** Artifacts by the part that installs them. Artifacts that are built together form one part. */
export const artifactGroups = {
  kubernetes: [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
  ],
  etcd: ["etcd"],
  containerd: ["containerd"],
  "cri-o": ["cri-o"],
  runc: ["runc"],
  "cni-plugins": ["cni-plugins"],
  crictl: ["crictl"],
  flannel: ["flannel"],
} as const satisfies Record<string, readonly ArtifactName[]>;

export type ArtifactGroup = keyof typeof artifactGroups;

const sourceOf = (name: ArtifactName): ArtifactSource => artifacts[name];

/** Whether the mirror has all artifacts of a group, each from this source. */
export async function groupInMirror(
  cache: string,
  group: ArtifactGroup,
  source: Source,
): Promise<boolean> {
  const lock = await readMirrorLock(cache);
  for (const name of artifactGroups[group]) {
    const entry = lock.artifacts[artifactKey(name, sourceOf(name))];
    if (entry?.source !== source || !(await hasBlob(cache, entry.sha256, entry.size))) return false;
  }
  return true;
}

/** The host that a group's files are downloaded from. */
export function artifactHost(group: ArtifactGroup): string {
  return new URL(sourceOf(artifactGroups[group][0]).url).host;
}

/** A group of artifacts, as published. */
export function artifactReleasePart(cache: string, group: ArtifactGroup): Part {
  const names: readonly ArtifactName[] = artifactGroups[group];
  const { version } = sourceOf(artifactGroups[group][0]);
  return {
    name: group,
    describe: `${group} ${version}`,
    from: "its release",
    present: () => groupInMirror(cache, group, "official"),
    bring: async ({ report, signal }) => {
      for (const name of names) {
        const told = (message: string) =>
          report(names.length === 1 ? message : `${name}, ${message}`);
        await syncArtifact(cache, name, sourceOf(name), { signal, report: told });
      }
    },
    // The download checked each hash.
    check: () => Promise.resolve(),
  };
}

/**
 * Whether the mirror has an image from this source. An image's manifest is written after its
 * layers.
 */
function hasImage(cache: string, lock: MirrorLock, ref: string, source: Source): Promise<boolean> {
  const entry = lock.images[ref];
  if (entry?.source !== source) return Promise.resolve(false);
  return hasBlob(cache, entry.digest.slice("sha256:".length));
}

/** Whether the mirror has all images, each from this source. */
export async function imagesInMirror(cache: string, source: Source): Promise<boolean> {
  const lock = await readMirrorLock(cache);
  const verdicts = Object.values(images).map((ref) => hasImage(cache, lock, ref, source));
  return !(await Promise.all(verdicts)).includes(false);
}

/** The registry of the images. */
export const imageHost = parseReference(images.pause).registry;

/** The container images, from their registries. */
export function imageReleasePart(cache: string): Part {
  const refs = Object.values(images);
  return {
    name: "container-images",
    describe: `images ${refs.map((ref) => ref.replace(/^.*\//, "")).join(", ")}`,
    from: "their registries",
    present: () => imagesInMirror(cache, "official"),
    bring: async ({ report, signal }) => {
      for (const ref of refs) {
        const told = (message: string) => report(`${ref.replace(/^.*\//, "")}: ${message}`);
        await pullImage(cache, ref, { signal, report: told });
      }
    },
    check: () => Promise.resolve(),
  };
}
