import { createHash } from "node:crypto";
import { basename, dirname, resolve } from "node:path";
import { shown } from "../../base/wording.ts";
import type { BaseImage } from "../../model/lab.ts";
import { type CloudImageName, cloudImages } from "../../model/versions.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import type { FileLook } from "./fileLook.ts";
import type { Surroundings } from "./surroundings.ts";

type Around = Pick<Surroundings, "environment" | "look" | "ownImage">;

export interface ResolvedImage {
  readonly image: BaseImage;
  /** The virtual size of the disk; undefined if the image is not on this machine. */
  readonly virtualGiB?: number | undefined;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Chooses the image that machines boot: the one that the config gives by URL and hash, which `lab`
 * downloaded and checked; else the image that `lab` prepared for the named distribution
 * (HARDWAY_BASE_IMAGE); else the distribution's own.
 */
export function resolveImage(
  image: ClusterConfig["machines"]["image"],
  { environment, look, ownImage }: Around,
): ResolvedImage {
  if (typeof image !== "string") {
    const source = ownImage(image.sha256);
    const { url: name, sha256, cpuLevel } = image;
    const found = { name, id: sha256.slice(0, idLength), source, cpuLevel };
    const file = look(source);
    const place = ["machines", "image"];
    // libvirt's provider would download from the URL without a check of the bytes.
    return file.kind === "none"
      ? {
          image: found,
          problems: [
            {
              ...problemAt(place, `${shown(image.url)} was not checked yet; ${bring}`),
              fixedBySetup: true,
            },
          ],
        }
      : localImage(found, file, place);
  }
  const { url, cpuLevel } = cloudImages[image];
  const made = environment.HARDWAY_BASE_IMAGE;
  if (made) {
    const path = resolve(made);
    const file = look(path);
    const found = { name: image, id: contentId(path, file), source: path, cpuLevel };
    return localImage(found, file, "HARDWAY_BASE_IMAGE");
  }
  const id = publishedImageId(image);
  return { image: { name: image, id, source: url, cpuLevel }, problems: [] };
}

/** Identifies a distribution's image, whether published or in lab's cache. */
export const publishedImageId = (image: CloudImageName): string => digest(cloudImages[image].url);

const idLength = 12;

const bring = "run ./lab setup, which downloads it and checks its sha256";

const digest = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, idLength);

/**
 * The directory of a part that `lab` made is named after its inputs. Any other file is identified
 * by its name and size.
 */
function contentId(path: string, file: FileLook): string {
  const folder = basename(dirname(path));
  return /^[0-9a-f]{12,64}$/.test(folder)
    ? folder.slice(0, idLength)
    : digest(`${basename(path)} ${file.kind === "file" ? file.size : 0}`);
}

function localImage(image: BaseImage, file: FileLook, place: Keys | string): ResolvedImage {
  const problem = (message: string): ResolvedImage => ({
    image,
    problems: [typeof place === "string" ? { path: place, message } : problemAt(place, message)],
  });
  if (file.kind === "none") {
    return problem(`${shown(image.source)} ${file.why}; expected a disk image in qcow2 format`);
  }
  // https://www.qemu.org/docs/master/interop/qcow2.html: magic, then at byte 24 the size of the disk inside.
  if (file.head.length < 32 || file.head.readUInt32BE(0) !== 0x514649fb) {
    return problem(
      `${shown(image.source)} is not in qcow2 format; qemu-img convert -O qcow2 converts other formats`,
    );
  }
  return { image, virtualGiB: Number(file.head.readBigUInt64BE(24)) / 1024 ** 3, problems: [] };
}
