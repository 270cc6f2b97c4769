import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { cloudImages } from "../../../model/versions.ts";
import { pulumiVersions } from "../../../toolchain/go/pulumiRecipes.ts";
import type { BringContext } from "../../../toolchain/part.ts";
import { cloudImagePart, cloudImagePath } from "../../../tools/setup/cloudImage.ts";
import {
  pulumiBin,
  pulumiReleasePart,
  releaseLanguagePart,
  usesBuilt,
} from "../../../tools/setup/pulumiCli.ts";
import { temporaryDirectory } from "./temporary.ts";

/** Makes `fetch` respond from a table of URLs, and with 404 for all others. */
function publish(files: Readonly<Record<string, string | Buffer>>): void {
  vi.stubGlobal("fetch", (url: string) => {
    const body = files[url];
    return Promise.resolve(
      body === undefined
        ? new Response("no such file", { status: 404, statusText: "Not Found" })
        : new Response(new Uint8Array(Buffer.from(body))),
    );
  });
}

afterEach(() => vi.unstubAllGlobals());

const context: BringContext = {
  report: () => undefined,
  signal: new AbortController().signal,
  log: "/dev/null",
};

/** A release in Pulumi's form: everything below `pulumi/`. */
function release(): Buffer {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "pulumi"));
  const cli = `#!/bin/sh\necho ${pulumiVersions.pulumi}\n`;
  writeFileSync(join(directory, "pulumi", "pulumi"), cli, { mode: 0o755 });
  writeFileSync(join(directory, "pulumi", "pulumi-language-nodejs"), "\x7fELF", { mode: 0o755 });
  return execFileSync("tar", ["-czf", "-", "-C", directory, "pulumi"]);
}

const base = "https://get.pulumi.com/releases/sdk";
const file = `pulumi-${pulumiVersions.pulumi}-linux-x64.tar.gz`;
const digests = `${base}/pulumi-${pulumiVersions.pulumi.slice(1)}-checksums.txt`;

describe("Pulumi's own release", () => {
  test("is verified, unpacked, first on PATH, and contains its language host", async () => {
    const cache = temporaryDirectory();
    const archive = release();
    const hash = createHash("sha256").update(archive).digest("hex");
    publish({ [`${base}/${file}`]: archive, [digests]: `${hash}  ${file}\n` });
    const part = pulumiReleasePart(cache);
    expect(await part.present()).toBe(false);
    await part.bring(context);
    await part.check();
    const language = releaseLanguagePart(cache);
    expect([await part.present(), await language.present()]).toEqual([true, true]);
    const bin = join(cache, "parts", "pulumi-release", pulumiVersions.pulumi, "bin");
    expect(await pulumiBin(cache)).toBe(bin);
    expect(await usesBuilt(cache)).toBe(false);
    expect(readdirSync(join(bin, "..")).sort()).toEqual(["bin"]);
  });

  test("with another hash than its publisher's is not kept", async () => {
    const cache = temporaryDirectory();
    publish({ [`${base}/${file}`]: release(), [digests]: `${"0".repeat(64)}  ${file}\n` });
    const part = pulumiReleasePart(cache);
    await expect(part.bring(context)).rejects.toThrow(`expected sha256 ${"0".repeat(64)}`);
    expect(await part.present()).toBe(false);
    expect(readdirSync(join(cache, "parts", "pulumi-release"))).toEqual([]);
  });

  test("without digests is not asked for", async () => {
    publish({ [`${base}/${file}`]: release() });
    await expect(pulumiReleasePart(temporaryDirectory()).bring(context)).rejects.toThrow(
      `digests of ${file} from ${digests}: found HTTP 404 Not Found`,
    );
  });
});

describe("a distribution's cloud image", () => {
  test("is checked against a sha512 as Debian serves it, and found again", async () => {
    const cache = temporaryDirectory();
    const { url, digestUrl } = cloudImages["debian-13"];
    const name = url.slice(url.lastIndexOf("/") + 1);
    const hash = createHash("sha512").update("an image").digest("hex");
    publish({ [url]: "an image", [digestUrl]: `${hash}  ${name}\n` });
    const part = cloudImagePart(cache, "debian-13");
    expect(await cloudImagePath(cache, "debian-13")).toBeUndefined();
    await part.bring(context);
    const path = (await cloudImagePath(cache, "debian-13")) ?? "";
    expect(readFileSync(path, "utf8")).toBe("an image");
    // The program uses the folder's name as the image's identity.
    expect(path).toMatch(new RegExp(`/cloud-image/[0-9a-f]{16}/${name}$`));
  });
});
