import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createMirror } from "../../../mirror/server.ts";
import { addArtifact, addBytes, addImage } from "../../../mirror/store.ts";
import { temporaryDirectory, temporaryServer } from "./temporary.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const ref = "registry.k8s.io/coredns/coredns:v1.14.7";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

async function mirror() {
  const cache = temporaryDirectory();
  const file = join(cache, "etcd.tar.gz");
  writeFileSync(file, "an archive");
  await addArtifact(cache, "etcd@v3.6.14", { file: "etcd.tar.gz", path: file, source: "built" });
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: manifestType, layers: [] });
  await addBytes(cache, Buffer.from(manifest));
  await addBytes(cache, Buffer.from("a layer"));
  await addImage(cache, ref, {
    digest: `sha256:${sha256(manifest)}`,
    mediaType: manifestType,
    size: manifest.length,
    source: "built",
  });
  const server = createMirror(cache);
  const base = await temporaryServer((request, response) =>
    server.emit("request", request, response),
  );
  return { cache, base, manifest };
}

describe("mirror", () => {
  test("serves an artefact by its hash, whatever the name behind it, and its head", async () => {
    const { base } = await mirror();
    const url = `${base}/artifacts/${sha256("an archive")}/etcd.tar.gz`;
    const got = await fetch(url);
    expect(await got.text()).toBe("an archive");
    expect(got.headers.get("content-length")).toBe("10");
    expect(got.headers.get("content-type")).toBe("application/octet-stream");
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
      200,
      "10",
      "",
    ]);
  });

  test("serves an image as containerd pulls it: tag with its registry, then digests", async () => {
    const { base, manifest } = await mirror();
    expect((await fetch(`${base}/v2/`)).status).toBe(200);
    const tagged = await fetch(`${base}/v2/coredns/coredns/manifests/v1.14.7?ns=registry.k8s.io`);
    expect(await tagged.text()).toBe(manifest);
    expect(tagged.headers.get("content-type")).toBe(manifestType);
    const digest = tagged.headers.get("docker-content-digest") ?? "";
    expect(digest).toBe(`sha256:${sha256(manifest)}`);
    const again = await fetch(`${base}/v2/coredns/coredns/manifests/${digest}`);
    expect([await again.text(), again.headers.get("content-type")]).toEqual([
      manifest,
      manifestType,
    ]);
    const layer = await fetch(`${base}/v2/coredns/coredns/blobs/sha256:${sha256("a layer")}`);
    expect(await layer.text()).toBe("a layer");
  });

  test.each([
    ["/artifacts/00/x", 404],
    [`/artifacts/${"0".repeat(64)}/x`, 404],
    ["/artifacts/../lock.json", 404],
    ["/v2/coredns/coredns/manifests/v9?ns=registry.k8s.io", 404],
    ["/v2/coredns/coredns/manifests/v1.14.7?ns=docker.io", 404],
    ["/v2/coredns/coredns/manifests/sha256:../../lock.json", 404],
    ["/v2/registry.k8s.io/coredns/coredns/manifests/v1.14.7", 200],
    ["/v2/docker.io/coredns/coredns/manifests/v1.14.7", 404],
    ["/", 404],
    ["/healthz", 200],
  ])("%s answers %i", async (path, status) => {
    const { base } = await mirror();
    expect((await fetch(base + path)).status).toBe(status);
  });

  test("is read-only", async () => {
    const { base, cache } = await mirror();
    const put = await fetch(`${base}/artifacts/${"1".repeat(64)}/x`, { method: "PUT", body: "x" });
    expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect(existsSync(join(cache, "mirror", "blobs", "1".repeat(64)))).toBe(false);
  });

  test("sees what a sync adds while it serves", async () => {
    const { base, cache, manifest } = await mirror();
    const url = `${base}/v2/coredns/coredns/manifests/v2?ns=registry.k8s.io`;
    expect((await fetch(url)).status).toBe(404);
    await addImage(cache, "registry.k8s.io/coredns/coredns:v2", {
      digest: `sha256:${sha256(manifest)}`,
      mediaType: manifestType,
      size: manifest.length,
      source: "official",
    });
    expect((await fetch(url)).status).toBe(200);
  });
});
