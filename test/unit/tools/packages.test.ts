import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { messageOf, UserError } from "../../../base/errors.ts";
import {
  buildPackages,
  crioPackages,
  imagePackages,
  installCommands,
  machinePackages,
  managers,
} from "../../../tools/setup/packages.ts";
import { packageNames, systemPackages, whenFree } from "../../../tools/setup/systemPackages.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

const all = [...machinePackages, ...imagePackages, ...buildPackages, ...crioPackages];

describe("system packages", () => {
  test.each(managers)(
    "%s has a name for each need",
    { meta: { rows: ["S0-02", "S0-03"] } },
    (manager) => {
      const lacking = all.filter(({ packages }) => packages[manager].length === 0);
      expect(lacking.map(({ what }) => what)).toEqual([]);
      const names = all.flatMap(({ packages }) => packages[manager]);
      expect(names.filter((name) => !/^[a-z0-9][a-z0-9.+-]+\??$/.test(name))).toEqual([]);
    },
  );

  test("Debian's names for machines, those in doubt only where they exist", async () => {
    const names = (has: boolean) =>
      packageNames("apt-get", machinePackages, () => Promise.resolve(has));
    expect(await names(false)).toEqual([
      "qemu-system-x86",
      "qemu-utils",
      "libvirt-daemon-system",
      "libvirt-daemon-driver-qemu",
      "libvirt-clients",
      "dnsmasq-base",
      "iptables",
      "xsltproc",
      "iproute2",
      "openssh-client",
    ]);
    expect(await names(true)).toContain("libvirt-daemon-driver-network");
  });

  test("waits while another apt holds the lists, and for nothing else", async () => {
    const answers = [
      "apt-get update: exit code 100\nE: Could not get lock /var/lib/apt/lists/lock. It is held by process 7",
      "apt-get update: exit code 100\nE: Could not get lock /var/lib/apt/lists/lock. It is held by process 7",
      undefined,
    ];
    const signal = new AbortController().signal;
    const asked = vi.fn(() => {
      const answer = answers.shift();
      return answer === undefined ? Promise.resolve() : Promise.reject(new UserError(answer));
    });
    await whenFree(asked, signal, 1);
    expect(asked).toHaveBeenCalledTimes(3);
    const broken = vi.fn(() => Promise.reject(new UserError("apt-get update: no network")));
    await expect(whenFree(broken, signal, 1)).rejects.toThrow("no network");
    expect(broken).toHaveBeenCalledTimes(1);
  });

  test.each(managers)("%s asks nothing", (manager) => {
    const [first, ...more] = installCommands(manager, ["qemu"]);
    const last = more.at(-1) ?? first ?? [];
    expect(last.at(-1)).toBe("qemu");
    expect(last.some((word) => ["-y", "--noconfirm", "--non-interactive"].includes(word))).toBe(
      true,
    );
  });
});

describe("sudo", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  const need = {
    what: "a command that is nowhere",
    test: { commands: ["hardway-no-such-command"] },
    packages: { "apt-get": ["none"], dnf: ["none"], pacman: ["none"], zypper: ["none"] },
  };

  /** For a user other than root: sudo's calls until the user consents to the packages. */
  async function asked({ isTTY, sudo }: { isTTY: boolean; sudo: string }) {
    const bin = temporaryDirectory();
    const log = join(bin, "asked");
    const script = `#!/bin/sh\nprintf '%s\\n' "$*" >>${log}\n${sudo}\n`;
    for (const name of ["sudo", "apt-get"]) writeFileSync(join(bin, name), script, { mode: 0o755 });
    writeFileSync(log, "");
    vi.stubEnv("PATH", bin);
    vi.spyOn(process, "getuid").mockReturnValue(1000);
    const had = process.stdin.isTTY;
    process.stdin.isTTY = isTTY;
    onTestFinished(() => {
      process.stdin.isTTY = had;
    });
    const { session } = testSession();
    const refused = await systemPackages("tools", "the tools", [need], session)
      .consent?.()
      .catch(messageOf);
    return { refused, asked: readFileSync(log, "utf8").trim().split("\n") };
  }

  test("asks for the password before any task is drawn over the question", async () => {
    expect(await asked({ isTTY: true, sudo: '[ "$1" = -v ]' })).toEqual({
      refused: undefined,
      asked: ["-n true", "-v"],
    });
  });

  test("asks nothing of who needs no password, or where there is no terminal", async () => {
    expect((await asked({ isTTY: true, sudo: "exit 0" })).asked).toEqual(["-n true"]);
    expect((await asked({ isTTY: false, sudo: "exit 1" })).asked).toEqual([""]);
  });

  test("that refuses is reported before anything is done", async () => {
    expect((await asked({ isTTY: true, sudo: "exit 1" })).refused).toMatch(
      /^tools: found no permission from sudo, .*; run sudo DEBIAN_FRONTEND=noninteractive apt-get /,
    );
  });
});
