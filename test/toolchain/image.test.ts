import { existsSync, renameSync, writeFileSync } from "node:fs";
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { imageKey, imagePackages, imageParts } from "../../toolchain/image/parts.ts";
import { testSession } from "../unit/tools/session.ts";

const source = join(import.meta.dirname, "../../toolchain/image");

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hardway-image-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe("the base image's key", () => {
  test("changes with the packages, a file of the image and its mode, not with the TypeScript beside them", async () => {
    const copy = join(directory, "image");
    await cp(source, copy, { recursive: true });
    const keys = [await imageKey(copy)];
    await appendFile(join(copy, "packages.txt"), "htop\n");
    keys.push(await imageKey(copy));
    await appendFile(join(copy, "rootfs/etc/cloud/cloud.cfg"), "# more\n");
    keys.push(await imageKey(copy));
    await chmod(join(copy, "rootfs/usr/lib/hardway/finish"), 0o644);
    keys.push(await imageKey(copy));
    await appendFile(join(copy, "parts.ts"), "// nothing\n");
    const last = await imageKey(copy);
    expect(new Set(keys).size).toBe(4);
    expect(last).toBe(keys.at(-1));
    expect(last).toMatch(/^[0-9a-f]{16}$/);
  });
});

test("an empty cache has no image", async () => {
  const [part] = imageParts(directory, testSession().session);
  expect(part?.name).toBe("base-image");
  expect(await part?.present()).toBe(false);
});

test("a user other than root is asked before sudo builds it", async () => {
  vi.spyOn(process, "getuid").mockReturnValue(1000);
  const { session } = testSession();
  const [part] = imageParts(directory, { ...session, yes: false });
  await expect(part?.consent?.()).rejects.toThrow(
    /^Building the base image needs root, because its files belong to root\. Run sudo \S+build-image\.sh\?/,
  );
  const [agreed] = imageParts(directory, session);
  await expect(agreed?.consent?.()).resolves.toBeUndefined();
  vi.restoreAllMocks();
});

const hasGrub = existsSync("/usr/lib/grub/i386-pc/boot.img");

test.skipIf(!hasGrub)(
  "the packages' hook is found where the cache's path has a space in it",
  async () => {
    const bin = join(directory, "bin");
    const spaced = join(directory, "a cache");
    await Promise.all([bin, spaced].map((path) => mkdir(path)));
    const tool = (name: string, script: string) =>
      writeFile(join(bin, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
    for (const name of ["qemu-img", "mke2fs", "sfdisk", "grub-mkimage"]) await tool(name, "exit 1");
    await tool("id", "echo 0");
    await tool("unshare", 'while [[ $1 == --* ]]; do shift; done; exec "$@"');
    // Runs the hook as mmdebstrap does, and stops there.
    await tool(
      "mmdebstrap",
      `for word; do [[ $word == --essential-hook=* ]] && hook=$word; root=$word; done
sh -c "$(cut --delimiter== --fields=2- <<<"$hook")" exec "$root"
cp "$root/etc/initramfs-tools/modules" "$TMPDIR/.."
exit 7`,
    );
    const { exitCode } = await execa(
      join(source, "build-image.sh"),
      [join(spaced, "image.qcow2")],
      {
        env: { PATH: `${bin}:/usr/bin:/bin`, TMPDIR: spaced },
        reject: false,
      },
    );
    expect(exitCode).toBe(7);
    expect(await readFile(join(directory, "modules"), "utf8")).toContain("virtio_blk\n");
  },
);

test("without its tools the script names the packages and makes nothing", async () => {
  const out = join(directory, "out.qcow2");
  const { exitCode, stderr } = await execa("/bin/bash", [join(source, "build-image.sh"), out], {
    env: { PATH: directory },
    extendEnv: false,
    reject: false,
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("Debian packages missing: ");
  expect(imagePackages.some((name) => stderr.includes(name))).toBe(true);
  expect(stderr).toContain("apt-get install");
});

describe("a machine's clock", () => {
  const script = join(source, "rootfs/usr/lib/hardway/check-clock");

  /**
   * Runs the image's script with a real-time clock whose second starts every so many milliseconds;
   * returns the time that it sets.
   */
  async function clockWith(secondMs: number, clock = "tsc"): Promise<string> {
    const sources = join(directory, "sys/devices/system/clocksource/clocksource0");
    const hardware = join(directory, "sys/class/rtc/rtc0");
    await Promise.all([sources, hardware].map((path) => mkdir(path, { recursive: true })));
    await writeFile(join(sources, "current_clocksource"), `${clock}\n`);
    let now = 1_700_000_000;
    const tick = () => {
      writeFileSync(join(hardware, "next"), `${now++}\n`);
      renameSync(join(hardware, "next"), join(hardware, "since_epoch"));
    };
    tick();
    const ticking = setInterval(tick, secondMs);
    const bin = join(directory, "bin");
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, "date"), `#!/bin/sh\necho "$@" >${directory}/date\n`, {
      mode: 0o755,
    });
    try {
      await execa(script, [directory, "3"], {
        env: { PATH: `${bin}:/usr/bin:/bin` },
        timeout: 30_000,
      });
    } finally {
      clearInterval(ticking);
    }
    return (await readFile(join(sources, "current_clocksource"), "utf8")).trim();
  }

  test("is another where the processor's counter runs twice as fast as the host's clock, and is set by that", async () => {
    expect(await clockWith(2000)).toBe("acpi_pm");
    expect(await readFile(join(directory, "date"), "utf8")).toMatch(/^--set @17000000\d\d\n$/);
  }, 60_000);

  test("is another where it runs half as fast", async () => {
    expect(await clockWith(500)).toBe("acpi_pm");
  }, 60_000);

  test("stays where they agree, and where it is not the counter", async () => {
    expect(await clockWith(1000)).toBe("tsc");
    expect(await clockWith(2000, "kvm-clock")).toBe("kvm-clock");
    await expect(readFile(join(directory, "date"))).rejects.toThrow("ENOENT");
  }, 60_000);
});

describe("whether cloud-init's later stages run", () => {
  const script = join(source, "rootfs/usr/lib/hardway/other-stages");

  /** Runs the image's script on a merged user-data, as `cloud-init` writes it. */
  async function isNeeded(userData: string): Promise<boolean> {
    const config = join(directory, "cloud-config.txt");
    await writeFile(config, userData);
    const ask = async (word: string) =>
      (await execa(script, [word], { env: { CLOUD_CONFIG: config }, reject: false })).exitCode;
    const needed = await ask("needed");
    expect(await ask("unneeded")).toBe(needed === 0 ? 1 : 0);
    return needed === 0;
  }

  test("not for what the local stage serves", async () => {
    const seed = `---
hostname: control-1
ssh_keys:
    ed25519_private: key
users:
-   name: root
    packages: of no meaning here
write_files: []
runcmd:
- - touch
  - /root/ran
timezone: Europe/Berlin
...
`;
    expect(await isNeeded(seed)).toBe(false);
  });

  test.each(["packages", "ntp", "mounts", "power_state", "package_update"])(
    "for %s",
    async (key) => {
      expect(await isNeeded(`---\nhostname: control-1\n${key}: {}\n...\n`)).toBe(true);
    },
  );
});
