import { link, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { hashFile } from "../../mirror/store.ts";
import { type ArtifactName, artifactKey, artifacts } from "../../model/versions.ts";
import type { RecipeName } from "../go/recipes.ts";
import { type TarEntry, ustar } from "./ustar.ts";

/** The layout of an official artifact, which a locally built one copies. */
export type ArtifactLayout =
  /** The executable itself. */
  | { readonly binary: string }
  /**
   * A gzipped tar of these executables below `root`. The archive has an entry for `root` itself if
   * `root` ends in a slash and is not `./`.
   */
  | { readonly root: string; readonly binaries: readonly string[] };

const bare = (...names: ArtifactName[]): Partial<Record<ArtifactName, ArtifactLayout>> =>
  Object.fromEntries(names.map((name) => [name, { binary: name }]));

/** The artifacts of each recipe, in the publisher's layout. */
export const layouts: Partial<
  Record<RecipeName, Readonly<Partial<Record<ArtifactName, ArtifactLayout>>>>
> = {
  kubernetes: bare(
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
  ),
  etcd: {
    etcd: {
      root: artifacts.etcd.file.replace(/\.tar\.gz$/, "/"),
      binaries: ["etcd", "etcdctl", "etcdutl"],
    },
  },
  containerd: {
    containerd: { root: "bin/", binaries: ["containerd", "containerd-shim-runc-v2", "ctr"] },
  },
  "cri-o": { "cri-o": { root: "cri-o/bin/", binaries: ["conmon", "crio", "pinns"] } },
  runc: bare("runc"),
  "cni-plugins": {
    "cni-plugins": {
      root: "./",
      binaries: [
        "bandwidth",
        "bridge",
        "firewall",
        "host-local",
        "loopback",
        "portmap",
        "ptp",
        "tuning",
      ],
    },
  },
  crictl: { crictl: { root: "", binaries: ["crictl"] } },
  flannel: { flannel: { binary: "flanneld" } },
};

/** An artifact's file, as lock.json records it. */
export interface PackedArtifact {
  readonly file: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A part's packed artifacts, by their lock key. */
export type PackedArtifacts = Readonly<Record<string, PackedArtifact>>;

const tableFile = "artifacts.json";

/** The path of a packed artifact inside its part's directory. */
export function packedPath(directory: string, file: string): string {
  return join(directory, "artifacts", file);
}

/**
 * Packs a part's `bin/` into the files that nodes download, under `artifacts/` of the same
 * directory, and records their checksums there. The same binaries give the same bytes.
 */
export async function packArtifacts(recipe: RecipeName, directory: string): Promise<void> {
  const packed: Record<string, PackedArtifact> = {};
  await mkdir(join(directory, "artifacts"), { recursive: true });
  for (const [name, layout] of Object.entries(layouts[recipe] ?? {}) as [
    ArtifactName,
    ArtifactLayout,
  ][]) {
    const { file } = artifacts[name];
    const path = packedPath(directory, file);
    if ("binary" in layout) await link(join(directory, "bin", layout.binary), path);
    else await writeFile(path, await archive(join(directory, "bin"), layout));
    packed[artifactKey(name, artifacts[name])] = { file, ...(await hashFile(path)) };
  }
  await writeFile(join(directory, tableFile), `${JSON.stringify(packed, undefined, 2)}\n`);
}

/** Reads what `packArtifacts` recorded in this directory. */
export async function readPacked(directory: string): Promise<PackedArtifacts> {
  return JSON.parse(await readFile(join(directory, tableFile), "utf8")) as PackedArtifacts;
}

async function archive(
  bin: string,
  { root, binaries }: { root: string; binaries: readonly string[] },
): Promise<Buffer> {
  const entries: TarEntry[] = root === "" ? [] : [{ path: root, mode: 0o755 }];
  for (const name of binaries) {
    entries.push({ path: `${root}${name}`, mode: 0o755, content: await readFile(join(bin, name)) });
  }
  return gzipStored(ustar(entries));
}

/**
 * Gzip without compression: an emulated guest then unpacks at the speed of a copy, and the network
 * between the guest and the mirror is the workstation's memory.
 */
export function gzipStored(content: Uint8Array): Buffer {
  return gzipSync(content, { level: 0 });
}
