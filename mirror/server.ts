import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { codeOf, messageOf } from "../base/errors.ts";
import { cachePaths } from "../base/paths.ts";
import { blobPath, type MirrorLock, readMirrorLock } from "./store.ts";

/**
 * A manifest is JSON of a few kB. A larger blob is a layer that a client requests as a manifest.
 */
const manifestBytes = 4 * 1024 * 1024;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A file to stream, with its size, or a text. */
  readonly body: { readonly path: string; readonly size: number } | string;
}

const octets = "application/octet-stream";

/**
 * The read-only HTTP server for artefacts and images in one cache. Not listening yet.
 *
 * `GET /artifacts/<sha256>/<file>`, `GET /healthz`, and the pull half of the OCI distribution API.
 * containerd names the original registry in `?ns=`. CRI-O cannot, so its registries are the first
 * part of the path:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 */
export function createMirror(cache: string): Server {
  const lock = cachedLock(cache);
  return createServer((request, response) => {
    answer(request, cache, lock)
      .then((found) => send(request, response, found))
      .catch((error: unknown) => {
        // The client closed the connection.
        if (codeOf(error) === "ERR_STREAM_PREMATURE_CLOSE") return;
        process.stderr.write(`${request.url ?? ""}: ${messageOf(error)}\n`);
        // The header has announced a full body: only a broken connection reports the failure to the
        // client.
        if (response.headersSent) response.destroy();
        else void send(request, response, text(500, "the mirror failed; its log says why\n"));
      });
  });
}

/** lock.json, reloaded when it changes, so that a sync takes effect at once. */
function cachedLock(cache: string): () => Promise<MirrorLock> {
  let known: { stamp: string; lock: MirrorLock } | undefined;
  return async () => {
    const { mtimeMs, ino } = await stat(cachePaths(cache).mirrorLock).catch(() => ({
      mtimeMs: 0,
      ino: 0,
    }));
    const stamp = `${mtimeMs} ${ino}`;
    if (known?.stamp !== stamp) known = { stamp, lock: await readMirrorLock(cache) };
    return known.lock;
  };
}

async function answer(
  request: IncomingMessage,
  cache: string,
  lock: () => Promise<MirrorLock>,
): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { ...text(405, "read-only\n"), headers: { allow: "GET, HEAD" } };
  }
  const url = new URL(request.url ?? "/", "http://mirror");
  const path = url.pathname;
  if (path === "/healthz") return text(200, "ok\n");
  if (path === "/v2/" || path === "/v2") return json(200, {});

  const artifact = /^\/artifacts\/([0-9a-f]{64})\/[^/]+$/.exec(path);
  if (artifact) {
    const [, sha256 = ""] = artifact;
    return (
      (await blob(cache, sha256, octets)) ??
      text(404, `${sha256} is not in the mirror; \`lab mirror list\` shows what is\n`)
    );
  }
  const layer = /^\/v2\/.+\/blobs\/sha256:([0-9a-f]{64})$/.exec(path);
  if (layer) return (await blob(cache, layer[1] ?? "", octets)) ?? unknown("BLOB_UNKNOWN", path);

  const manifest = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path);
  if (manifest) {
    const [, repository = "", reference = ""] = manifest;
    const digest = reference.startsWith("sha256:")
      ? reference
      : digestOf(await lock(), url.searchParams.get("ns"), `${repository}:${reference}`);
    const found = digest === undefined ? undefined : await manifestAnswer(cache, digest);
    return found ?? unknown("MANIFEST_UNKNOWN", path);
  }
  return text(404, "nothing here\n");
}

/** The recorded digest of an image; without a registry, that of the only image with this suffix. */
function digestOf(lock: MirrorLock, registry: string | null, name: string): string | undefined {
  if (registry !== null) return lock.images[`${registry}/${name}`]?.digest;
  if (lock.images[name] !== undefined) return lock.images[name].digest;
  const fitting = Object.entries(lock.images).filter(([ref]) => ref.endsWith(`/${name}`));
  return fitting.length === 1 ? fitting[0]?.[1].digest : undefined;
}

async function manifestAnswer(cache: string, digest: string): Promise<Answer | undefined> {
  const sha256 = digest.slice("sha256:".length);
  if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  const size = await sizeOf(blobPath(cache, sha256));
  if (size === undefined || size > manifestBytes) return undefined;
  return blob(cache, sha256, mediaTypeOf(await readFile(blobPath(cache, sha256), "utf8")));
}

/** The media type in a manifest, or the one that its fields imply. */
function mediaTypeOf(manifest: string): string {
  let parsed: { mediaType?: unknown; manifests?: unknown };
  try {
    parsed = JSON.parse(manifest) as typeof parsed;
  } catch {
    return octets;
  }
  if (typeof parsed.mediaType === "string") return parsed.mediaType;
  const kind = parsed.manifests === undefined ? "manifest" : "index";
  return `application/vnd.oci.image.${kind}.v1+json`;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function blob(cache: string, sha256: string, type: string): Promise<Answer | undefined> {
  const path = blobPath(cache, sha256);
  const size = await sizeOf(path);
  if (size === undefined) return undefined;
  const headers = {
    "content-type": type,
    "content-length": String(size),
    "docker-content-digest": `sha256:${sha256}`,
    etag: `"sha256:${sha256}"`,
    "cache-control": "public, max-age=31536000, immutable",
  };
  return { status: 200, headers, body: { path, size } };
}

function text(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function json(status: number, body: unknown): Answer {
  const headers = {
    "content-type": "application/json",
    "docker-distribution-api-version": "registry/2.0",
  };
  return { status, headers, body: JSON.stringify(body) };
}

function unknown(code: string, path: string): Answer {
  return json(404, { errors: [{ code, message: `${path} is not in the mirror` }] });
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): Promise<void> {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.size;
  response.writeHead(status, { ...headers, "content-length": length });
  if (request.method === "HEAD") response.end();
  else if (typeof body === "string") response.end(body);
  else await pipeline(createReadStream(body.path, { highWaterMark: 1 << 18 }), response);
}
