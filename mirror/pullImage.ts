import { createHash } from "node:crypto";
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { download, fetchText } from "./download.ts";
import { addBytes, addImage, hasBlob, type ImageEntry } from "./store.ts";

/** The parts of an image reference: `registry.k8s.io/coredns/coredns:v1.14.7`. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

/** @throws UserError if the reference lacks registry, repository or tag. */
export function parseReference(ref: string): ImageReference {
  const match = /^([^/]+[.:][^/]*)\/([a-z0-9._/-]+):([\w][\w.-]{0,127})$/.exec(ref);
  if (match) {
    const [, registry = "", repository = "", tag = ""] = match;
    return { registry, repository, tag };
  }
  throw new UserError({
    place: `image ${ref}`,
    found: "a short or incomplete reference",
    expected: "registry/repository:tag",
    remedy: "write it out in versions.ts",
  });
}

const descriptor = z.object({
  mediaType: z.string().optional(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number(),
});
const manifestSchema = z.object({
  mediaType: z.string().optional(),
  manifests: z
    .array(
      descriptor.extend({
        platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
      }),
    )
    .optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
});

const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  readonly report?: (message: string) => void;
  /** The URL of the registry's API. @default https at the registry's name */
  readonly baseUrl?: string;
  readonly stallMs?: number;
}

/**
 * Pulls an image for linux/amd64 into the mirror, without authentication, and records it. Blobs in
 * the store are not downloaded again.
 *
 * @throws UserError with the image, the file, and the expected and actual values.
 */
export async function pullImage(
  cache: string,
  ref: string,
  options: PullOptions,
): Promise<ImageEntry> {
  const { registry, repository, tag } = parseReference(ref);
  const { signal, report, stallMs } = options;
  const bounds = { signal, ...(stallMs === undefined ? {} : { stallMs }) };
  const base = `${options.baseUrl ?? `https://${registry}`}/v2/${repository}`;
  const authorization = await anonymousToken(`${base}/manifests/${tag}`, ref, signal);

  const manifest = async (reference: string) => {
    const { text, headers } = await fetchText(`${base}/manifests/${reference}`, {
      name: `manifest ${reference} of ${ref}`,
      headers: { accept, ...authorization },
      ...bounds,
    });
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    const wanted = reference.startsWith("sha256:")
      ? reference
      : headers.get("docker-content-digest");
    if (wanted !== null && wanted !== digest) {
      throw new UserError(`manifest ${reference} of ${ref}: found ${digest}, expected ${wanted}`);
    }
    const parsed = manifestSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      throw new UserError(`manifest ${reference} of ${ref}: ${z.prettifyError(parsed.error)}`);
    }
    return { text, digest, value: parsed.data };
  };

  report?.("reading the manifest");
  let found = await manifest(tag);
  if (found.value.manifests) {
    const fitting = found.value.manifests.find(
      ({ platform }) => platform?.os === "linux" && platform.architecture === "amd64",
    );
    if (!fitting) throw new UserError(`image ${ref}: has nothing for linux/amd64`);
    found = await manifest(fitting.digest);
  }
  const { config, layers = [] } = found.value;
  if (!config) throw new UserError(`image ${ref}: its manifest ${found.digest} has no config`);
  for (const [index, blob] of [config, ...layers].entries()) {
    const sha256 = blob.digest.slice("sha256:".length);
    if (await hasBlob(cache, sha256, blob.size)) continue;
    const what = index === 0 ? "config" : `layer ${index} of ${layers.length}`;
    await download(cache, `${base}/blobs/${blob.digest}`, {
      name: `${what} of ${ref}`,
      wanted: { algorithm: "sha256", hex: sha256 },
      headers: authorization,
      onBytes: (got) => report?.(`${what}, ${megabytes(got)} of ${megabytes(blob.size)}`),
      ...bounds,
    });
  }
  const { size } = await addBytes(cache, Buffer.from(found.text));
  const mediaType = found.value.mediaType ?? "application/vnd.oci.image.manifest.v1+json";
  const entry: ImageEntry = { digest: found.digest, mediaType, size, source: "official" };
  await addImage(cache, ref, entry);
  return entry;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `12.3 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * The header for anonymous pulls: registries return 401 and name a server that issues a free token.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
async function anonymousToken(
  url: string,
  ref: string,
  signal: AbortSignal | undefined,
): Promise<Record<string, string>> {
  const bound = AbortSignal.timeout(20_000);
  const response = await fetch(url, {
    method: "HEAD",
    headers: { accept },
    signal: signal === undefined ? bound : AbortSignal.any([signal, bound]),
  }).catch((error: unknown) => {
    signal?.throwIfAborted();
    const reason =
      error instanceof Error
        ? error.cause instanceof Error
          ? error.cause.message
          : error.message
        : "";
    throw new UserError(`image ${ref}: ${new URL(url).host} does not answer (${reason})`, {
      cause: error,
    });
  });
  if (response.status !== 401) return {};
  const challenge = response.headers.get("www-authenticate") ?? "";
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = field("realm");
  if (!/^bearer /i.test(challenge) || realm === undefined) {
    throw new UserError(`image ${ref}: its registry wants a login (${challenge || "HTTP 401"})`);
  }
  const query = new URLSearchParams();
  for (const name of ["service", "scope"]) {
    const value = field(name);
    if (value !== undefined) query.set(name, value);
  }
  const { text } = await fetchText(`${realm}?${query.toString()}`, {
    name: `token for ${ref}`,
    signal,
  });
  const answer = z
    .object({ token: z.string().optional(), access_token: z.string().optional() })
    .safeParse(parseJson(text));
  const token = answer.data?.token ?? answer.data?.access_token;
  if (token === undefined) throw new UserError(`image ${ref}: its registry gave no token`);
  return { authorization: `Bearer ${token}` };
}
