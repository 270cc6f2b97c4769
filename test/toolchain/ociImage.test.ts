import { expect, test } from "vitest";
import { digestOf, ociImage } from "../../toolchain/artifacts/ociImage.ts";
import { ustar } from "../../toolchain/artifacts/ustar.ts";

const layer = ustar([{ path: "pause", mode: 0o755, content: Buffer.from("binary") }]);
const run = { Entrypoint: ["/agnhost"], Cmd: ["pause"], User: "1:1" };

test("the manifest names config and layer by digest and size", () => {
  const image = ociImage(layer, run);
  const [manifest, config] = image.blobs;
  expect(image.descriptor).toEqual({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: digestOf(manifest ?? Buffer.alloc(0)),
    size: manifest?.length,
  });
  expect(JSON.parse(String(manifest))).toEqual({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: digestOf(config ?? Buffer.alloc(0)),
      size: config?.length,
    },
    layers: [
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest: digestOf(layer),
        size: layer.length,
      },
    ],
  });
});

test("the config says how the container starts and which layer it is made of", () => {
  const [, config] = ociImage(layer, run).blobs;
  expect(JSON.parse(String(config))).toMatchObject({
    architecture: "amd64",
    os: "linux",
    config: { ...run, WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
  });
});

test("the same input gives the same image, another entry point another", () => {
  const { digest } = ociImage(layer, run).descriptor;
  expect(ociImage(layer, run).descriptor.digest).toBe(digest);
  expect(ociImage(layer, { ...run, Entrypoint: ["/x"] }).descriptor.digest).not.toBe(digest);
});
