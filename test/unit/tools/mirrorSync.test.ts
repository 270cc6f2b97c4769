import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pullImage } from "../../../mirror/pullImage.ts";
import { readMirrorLock } from "../../../mirror/store.ts";
import { syncArtifact } from "../../../mirror/syncArtifact.ts";
import type { ArtifactSource } from "../../../model/versions.ts";
import { temporaryDirectory, temporaryServer } from "./temporary.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const content = "the binary".repeat(1000);

/** The publisher's responses, by path. */
const publisher: RequestListener = (request, response) => {
  switch (request.url) {
    case "/good":
      return void response.end(content);
    case "/good.sha256":
      return void response.end(`${sha256("other")}  other\n${sha256(content)} *tool\n`);
    case "/wrong.sha256":
      return void response.end(`${sha256("something else")}  tool\n`);
    case "/page.sha256":
      return void response.end("please log in\n");
    case "/page":
      response.setHeader("content-type", "text/html; charset=utf-8");
      return void response.end("<html>Sorry</html>");
    case "/truncated":
      response.setHeader("content-length", content.length);
      response.write(content.slice(0, 100), () => response.destroy());
      return;
    case "/stalled":
      response.setHeader("content-length", content.length);
      return void response.write(content.slice(0, 100));
    default:
      response.statusCode = 404;
      return void response.end("no such file");
  }
};

async function sync(path: string, more: Partial<ArtifactSource> = {}) {
  const cache = temporaryDirectory();
  const base = await temporaryServer(publisher);
  const source = { version: "v1", file: "tool", url: base + path, ...more };
  if (more.digestUrl !== undefined) source.digestUrl = base + more.digestUrl;
  return { cache, base, done: syncArtifact(cache, "tool", source, { stallMs: 300 }) };
}

function blobs(cache: string): string[] {
  const directory = join(cache, "mirror", "blobs");
  return existsSync(directory) ? readdirSync(directory) : [];
}

describe("mirror sync of a file", () => {
  test("checks it against the publisher's digest once and records it", {
    meta: { rows: ["S2-15"] },
  }, async () => {
    const { cache, done } = await sync("/good", { digestUrl: "/good.sha256" });
    const entry = {
      file: "tool",
      sha256: sha256(content),
      size: content.length,
      source: "official",
    };
    expect(await done).toEqual(entry);
    expect(await readMirrorLock(cache)).toEqual({ artifacts: { "tool@v1": entry }, images: {} });
    expect(readFileSync(join(cache, "mirror", "blobs", sha256(content)), "utf8")).toBe(content);
    // No server responds at this address: existing files are not downloaded again.
    const nowhere = { version: "v1", file: "tool", url: "http://127.0.0.1:9/good" };
    expect(await syncArtifact(cache, "tool", nowhere)).toEqual(entry);
  });

  test.each([
    [
      "/good",
      { sha256: sha256("pinned") },
      `tool from BASE/good: found sha256 ${sha256(content)} (10000 bytes), expected sha256 ${sha256("pinned")}; `,
    ],
    [
      "/good",
      { digestUrl: "/wrong.sha256" },
      `tool from BASE/good: found sha256 ${sha256(content)} (10000 bytes), expected sha256 ${sha256("something else")}; `,
    ],
    [
      "/good",
      { digestUrl: "/page.sha256" },
      `BASE/page.sha256: found "please log in", expected a line with the sha256 or sha512 of tool; `,
    ],
    ["/page", {}, "tool from BASE/page: found a web page (text/html), expected the file; "],
    ["/missing", {}, "tool from BASE/missing: found HTTP 404 Not Found, expected the file; "],
    [
      "/truncated",
      {},
      "tool from BASE/truncated: the server closed the connection before the end; run it again",
    ],
    ["/stalled", {}, "tool from BASE/stalled: no byte for 0.3 s; run it again"],
  ])("%s with %j is one clear error and leaves nothing", async (path, more, message) => {
    const { cache, base, done } = await sync(path, more);
    await expect(done).rejects.toThrow(message.replaceAll("BASE", base));
    expect(blobs(cache)).toEqual([]);
    expect((await readMirrorLock(cache)).artifacts).toEqual({});
  });

  test("a server that does not exist", async () => {
    const source = { version: "v1", file: "tool", url: "http://127.0.0.1:9/tool" };
    const cache = temporaryDirectory();
    await expect(syncArtifact(cache, "tool", source)).rejects.toThrow(
      /^tool from http:.*(ECONNREFUSED|bad port)/,
    );
  });
});

describe("mirror sync of an image", () => {
  const layer = "a layer";
  const config = '{"architecture":"amd64"}';
  const descriptor = (text: string) => ({
    digest: `sha256:${sha256(text)}`,
    size: text.length,
    mediaType: "x",
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: descriptor(config),
    layers: [descriptor(layer)],
  });
  const index = JSON.stringify({
    manifests: [
      { ...descriptor("arm"), platform: { os: "linux", architecture: "arm64" } },
      { ...descriptor(manifest), platform: { os: "linux", architecture: "amd64" } },
    ],
  });
  const ref = "registry.test/team/app:v1";

  const registry =
    (layerBytes: string): RequestListener =>
    (request, response) => {
      const url = new URL(request.url ?? "", "http://registry");
      if (url.pathname === "/token")
        return void response.end(JSON.stringify({ token: url.search }));
      if (request.headers.authorization !== "Bearer ?service=s&scope=pull") {
        response.statusCode = 401;
        const realm = `http://${request.headers.host ?? ""}/token`;
        response.setHeader("www-authenticate", `Bearer realm="${realm}",service="s",scope="pull"`);
        return void response.end();
      }
      const known: Record<string, string> = {
        "manifests/v1": index,
        [`manifests/sha256:${sha256(manifest)}`]: manifest,
        [`blobs/sha256:${sha256(config)}`]: config,
        [`blobs/sha256:${sha256(layer)}`]: layerBytes,
      };
      const body = known[url.pathname.replace("/v2/team/app/", "")];
      response.statusCode = body === undefined ? 404 : 200;
      response.end(body);
    };

  test("takes linux/amd64 alone, with an anonymous token", async () => {
    const cache = temporaryDirectory();
    const baseUrl = await temporaryServer(registry(layer));
    const entry = await pullImage(cache, ref, { baseUrl });
    expect(entry).toEqual({
      digest: `sha256:${sha256(manifest)}`,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      size: manifest.length,
      source: "official",
    });
    expect(blobs(cache).sort()).toEqual([manifest, config, layer].map(sha256).sort());
    expect((await readMirrorLock(cache)).images).toEqual({ [ref]: entry });
  });

  test("a layer with other bytes is refused and not recorded", async () => {
    const cache = temporaryDirectory();
    const baseUrl = await temporaryServer(registry("b layer"));
    await expect(pullImage(cache, ref, { baseUrl })).rejects.toThrow(
      `layer 1 of 1 of ${ref} from ${baseUrl}/v2/team/app/blobs/sha256:${sha256(layer)}: found sha256 ${sha256("b layer")}`,
    );
    expect(blobs(cache)).toEqual([sha256(config)]);
    expect((await readMirrorLock(cache)).images).toEqual({});
  });

  test("a short name is refused", async () => {
    await expect(pullImage(temporaryDirectory(), "nginx", {})).rejects.toThrow(
      "image nginx: found a short or incomplete reference, expected registry/repository:tag",
    );
  });
});
