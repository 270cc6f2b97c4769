import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { codeOf, IntegrityError, UserError } from "../base/errors.ts";
import { cachePaths } from "../base/paths.ts";
import { blobPath } from "./store.ts";

/** A hash in hexadecimal digits. */
export interface Digest {
  readonly algorithm: "sha256" | "sha512";
  readonly hex: string;
}

export interface DownloadOptions {
  /** The file's name in errors: `etcd-v3.6.14-linux-amd64.tar.gz`. */
  readonly name: string;
  /** The expected hash. Without one, any content is accepted. */
  readonly wanted?: Digest | undefined;
  /**
   * What to do if the server does not have the file, or has another hash. @default for files in
   * versions.ts
   */
  readonly remedies?: { readonly missing: string; readonly changed: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Gives up when no byte comes for this long. @default 30000 */
  readonly stallMs?: number;
  /** Bytes received, and the total if the server announces it. */
  readonly onBytes?: (got: number, of: number | undefined) => void;
}

/** A file in the store. */
export interface Downloaded {
  readonly sha256: string;
  readonly size: number;
}

const defaultStallMs = 30_000;

const defaultRemedies = {
  missing: "look whether the version in versions.ts exists at its publisher",
  changed: "the file was changed at the publisher or in transit; it was not kept",
};

/** A signal that fires if `touch` was not called for a while, or together with the given one. */
function stallSignal(stallMs: number, outer: AbortSignal | undefined) {
  const stalled = new AbortController();
  const abort = () => stalled.abort(new UserError(`no byte for ${stallMs / 1000} s`));
  let timer = setTimeout(abort, stallMs);
  return {
    signal: outer === undefined ? stalled.signal : AbortSignal.any([outer, stalled.signal]),
    touch: () => {
      clearTimeout(timer);
      timer = setTimeout(abort, stallMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Why a fetch failed: undici hides the reason in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (error.message === "terminated" || codeOf(cause) === "UND_ERR_SOCKET") {
    return "the server closed the connection before the end";
  }
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}

/**
 * Opens a URL; the response has status 200 and is not a web page.
 *
 * @throws UserError with the wanted file, the URL, and the actual response.
 */
async function open(
  url: string,
  { name, remedies = defaultRemedies }: Pick<DownloadOptions, "name" | "remedies">,
  init: RequestInit,
): Promise<Response> {
  const response = await fetch(url, init);
  const type = response.headers.get("content-type") ?? "";
  const problem = !response.ok
    ? `HTTP ${response.status} ${response.statusText}`.trim()
    : type.startsWith("text/html")
      ? "a web page (text/html)"
      : undefined;
  if (problem === undefined) return response;
  await response.body?.cancel();
  throw new UserError({
    place: `${name} from ${url}`,
    found: problem,
    expected: "the file",
    remedy: remedies.missing,
  });
}

/**
 * Downloads a file to `path`, which must not exist and is removed after any error.
 *
 * @throws UserError on a truncated or stalled response, a web page instead of the file, or an
 * HTTP error; IntegrityError on a wrong hash. Each has the file, the URL, and the expected and
 * actual values.
 */
export async function downloadFile(
  url: string,
  path: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  const { name, wanted, headers, onBytes, stallMs = defaultStallMs } = options;
  const place = `${name} from ${url}`;
  const { signal, touch, stop } = stallSignal(stallMs, options.signal);
  try {
    const init = { signal, ...(headers === undefined ? {} : { headers }) };
    const response = await open(url, options, init);
    // fetch decodes a content-encoding, and then the length is that of the encoded bytes.
    const packed = response.headers.has("content-encoding");
    const length = packed ? null : response.headers.get("content-length");
    const of = length === null ? undefined : Number(length);
    const sha256 = createHash("sha256");
    const other = wanted?.algorithm === "sha512" ? createHash("sha512") : undefined;
    let size = 0;
    const measure = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        touch();
        sha256.update(chunk);
        other?.update(chunk);
        size += chunk.length;
        onBytes?.(size, of);
        done(null, chunk);
      },
    });
    const body =
      response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as never);
    await pipeline(body, measure, createWriteStream(path, { flags: "wx" }), { signal });
    if (of !== undefined && size !== of) {
      const remedy = "run it again";
      throw new UserError({ place, found: `${size} bytes`, expected: `${of} bytes`, remedy });
    }
    const hex = sha256.digest("hex");
    const got = other?.digest("hex") ?? hex;
    if (wanted !== undefined && got !== wanted.hex) {
      throw new IntegrityError({
        place,
        found: `${wanted.algorithm} ${got} (${size} bytes)`,
        expected: `${wanted.algorithm} ${wanted.hex}`,
        remedy: (options.remedies ?? defaultRemedies).changed,
      });
    }
    return { sha256: hex, size };
  } catch (error) {
    await rm(path, { force: true });
    throw explained(error, place, signal, options.signal);
  } finally {
    stop();
  }
}

/** The error for the user; an interruption is passed through. */
function explained(
  error: unknown,
  place: string,
  signal: AbortSignal,
  outer: AbortSignal | undefined,
): unknown {
  if (outer?.aborted) return outer.reason;
  if (!signal.aborted && error instanceof UserError) return error;
  const reason = reasonOf(signal.aborted ? signal.reason : error);
  return new UserError(`${place}: ${reason}; run it again`, { cause: error });
}

/**
 * Downloads a file into the store, under its hash. @throws like `downloadFile`; the store is then
 * unchanged.
 */
export async function download(
  cache: string,
  url: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  const { blobs } = cachePaths(cache);
  await mkdir(blobs, { recursive: true });
  const part = join(blobs, `${randomUUID()}.part`);
  const got = await downloadFile(url, part, options);
  await rename(part, blobPath(cache, got.sha256));
  return got;
}

/** A small text, at most 1 MiB: a digest file, a token. @throws UserError as `download` does. */
export async function fetchText(
  url: string,
  options: Pick<DownloadOptions, "name" | "headers" | "signal" | "stallMs">,
): Promise<{ text: string; headers: Headers }> {
  const { name, headers, stallMs = defaultStallMs } = options;
  const { signal, stop } = stallSignal(stallMs, options.signal);
  try {
    const response = await open(url, options, {
      signal,
      ...(headers === undefined ? {} : { headers }),
    });
    const text = await response.text();
    if (text.length > 1024 * 1024) {
      throw new UserError(`${name} from ${url}: ${text.length} characters, expected a small text`);
    }
    return { text, headers: response.headers };
  } catch (error) {
    throw explained(error, `${name} from ${url}`, signal, options.signal);
  } finally {
    stop();
  }
}
