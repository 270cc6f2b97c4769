import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { findCommand } from "../../base/findCommand.ts";
import { run } from "../../base/run.ts";
import { digestIn } from "../../mirror/digestFile.ts";
import { downloadFile, fetchText } from "../../mirror/download.ts";
import { megabytes } from "../../mirror/pullImage.ts";
import { type CloudImageName, cloudImages } from "../../model/versions.ts";
import type { Part } from "../../toolchain/part.ts";
import { hasPart, makePart, partDirectory } from "../../toolchain/partDirectory.ts";

const directoryName = "cloud-image";

/** 16 hexadecimal digits, since the program uses the directory's name as the image's ID. */
function keyOf(image: CloudImageName): string {
  return createHash("sha256").update(cloudImages[image].url).digest("hex").slice(0, 16);
}

/** The path of a distribution's downloaded image; undefined if it is missing. */
export async function cloudImagePath(
  cache: string,
  image: CloudImageName,
): Promise<string | undefined> {
  const directory = partDirectory(cache, directoryName, keyOf(image));
  const [file] = await readdir(directory).catch(() => []);
  return file === undefined ? undefined : join(directory, file);
}

/**
 * A distribution's cloud image, checked against its published digest and cached: an isolated lab
 * cannot download, and later labs share it.
 */
export function cloudImagePart(cache: string, image: CloudImageName): Part {
  const { url, digestUrl } = cloudImages[image];
  const file = basename(new URL(url).pathname);
  return {
    name: "base-image",
    describe: `cloud image ${image}`,
    from: "its distribution",
    present: () => hasPart(cache, directoryName, keyOf(image)),
    bring: async ({ report, signal }) => {
      const make = async (directory: string) => {
        const { text } = await fetchText(digestUrl, { name: `digests of ${file}`, signal });
        await downloadFile(url, join(directory, file), {
          name: file,
          wanted: digestIn(text, file, digestUrl),
          signal,
          onBytes: (got, of) => report(`${megabytes(got)} of ${megabytes(of ?? got)}`),
        });
      };
      const place = { cache, name: directoryName, key: keyOf(image) };
      await makePart(place, make, { signal, onWait: report });
    },
    check: async () => {
      const path = await cloudImagePath(cache, image);
      const qemuImg = await findCommand("qemu-img");
      if (path === undefined) throw new Error(`${file} is not where it was put`);
      if (qemuImg !== undefined) await run(qemuImg, ["info", path]);
    },
  };
}
