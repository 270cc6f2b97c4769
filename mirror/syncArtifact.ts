import { UserError } from "../base/errors.ts";
import { type ArtifactSource, artifactKey } from "../model/versions.ts";
import { digestIn } from "./digestFile.ts";
import { download, fetchText } from "./download.ts";
import { megabytes } from "./pullImage.ts";
import { type ArtifactEntry, addArtifact, blobPath, hasBlob, readMirrorLock } from "./store.ts";

export interface SyncOptions {
  readonly signal?: AbortSignal | undefined;
  readonly report?: (message: string) => void;
  readonly stallMs?: number;
}

/**
 * Ensures that the publisher's file is in the mirror, verified and recorded. Its hash is the pinned
 * one, else the one recorded before, else the one that the publisher serves next to the file.
 *
 * @throws UserError with the file and the expected and actual values; then nothing was changed.
 */
export async function syncArtifact(
  cache: string,
  name: string,
  source: ArtifactSource,
  options: SyncOptions = {},
): Promise<ArtifactEntry> {
  const { signal, report, stallMs } = options;
  const bounds = { signal, ...(stallMs === undefined ? {} : { stallMs }) };
  const key = artifactKey(name, source);
  const recorded = (await readMirrorLock(cache)).artifacts[key];
  const before = recorded?.source === "official" ? recorded : undefined;
  if (source.sha256 !== undefined && before !== undefined && before.sha256 !== source.sha256) {
    report?.(
      `the lock has ${before.sha256}, versions.ts pins ${source.sha256}: downloading it again`,
    );
  } else if (before !== undefined && (await hasBlob(cache, before.sha256, before.size))) {
    return before;
  }
  const sha256 = source.sha256 ?? before?.sha256 ?? (await publishedDigest(source, bounds));
  const path =
    sha256 !== undefined && (await hasBlob(cache, sha256))
      ? blobPath(cache, sha256)
      : await fetchBlob();
  return addArtifact(cache, key, { file: source.file, path, source: "official" });

  async function fetchBlob(): Promise<string> {
    const got = await download(cache, source.url, {
      name: source.file,
      wanted: sha256 === undefined ? undefined : { algorithm: "sha256", hex: sha256 },
      onBytes: (bytes, of) =>
        report?.(`${megabytes(bytes)}${of === undefined ? "" : ` of ${megabytes(of)}`}`),
      ...bounds,
    });
    return blobPath(cache, got.sha256);
  }
}

async function publishedDigest(
  { digestUrl, file }: ArtifactSource,
  bounds: Pick<SyncOptions, "signal" | "stallMs">,
): Promise<string | undefined> {
  // One publisher (flannel) serves none: the hash of the first download, over TLS, is recorded.
  if (digestUrl === undefined) return undefined;
  const { text } = await fetchText(digestUrl, { name: `digest of ${file}`, ...bounds });
  const { algorithm, hex } = digestIn(text, file, digestUrl);
  if (algorithm === "sha256") return hex;
  throw new UserError(`${digestUrl}: expected a sha256 of ${file}, found a ${algorithm}`);
}

/** The file of an artefact in the store. @throws UserError if the mirror does not have it */
export async function artifactFile(cache: string, key: string): Promise<string> {
  const entry = (await readMirrorLock(cache)).artifacts[key];
  if (entry !== undefined && (await hasBlob(cache, entry.sha256, entry.size))) {
    return blobPath(cache, entry.sha256);
  }
  throw new UserError({
    place: `mirror: ${key}`,
    found: "nothing",
    expected: "its file",
    remedy: "run `./lab setup`",
  });
}
