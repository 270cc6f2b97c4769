import { createHash } from "node:crypto";

/**
 * How a container of the image starts. The names are those of
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md.
 */
export interface RunConfig {
  readonly Entrypoint: readonly string[];
  readonly Cmd?: readonly string[];
  /** `uid:gid` as numbers, so that kubelet can check that the user is not root. */
  readonly User?: string;
}

/** A blob's address: `digest` is `sha256:` and 64 hexadecimal digits, `size` in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface OciImage {
  /** The manifest's descriptor, which identifies the image. */
  readonly descriptor: Descriptor;
  /** Manifest, config and layer, ready for a store. */
  readonly blobs: readonly Uint8Array[];
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** The OCI digest of `content`: `sha256:` and 64 hexadecimal digits. */
export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/**
 * Builds an image of one layer for linux/amd64. The same input gives the same digest. The layer is
 * uncompressed, because an emulated guest unpacks it several times as fast.
 */
export function ociImage(layerTar: Uint8Array, run: RunConfig): OciImage {
  const layer = describe("application/vnd.oci.image.layer.v1.tar", layerTar);
  const config = json({
    created: "1970-01-01T00:00:00Z",
    architecture: "amd64",
    os: "linux",
    config: {
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      WorkingDir: "/",
      ...run,
    },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "hardway" }],
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe("application/vnd.oci.image.config.v1+json", config),
    layers: [layer],
  });
  return { descriptor: describe(manifestType, manifest), blobs: [manifest, config, layerTar] };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function describe(mediaType: string, content: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(content), size: content.length };
}
