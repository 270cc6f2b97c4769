import { describe, expect, test, vi } from "vitest";
import { PersonError } from "../../../tools/personError.ts";
import {
  buildPackages,
  crioPackages,
  imagePackages,
  installCommands,
  machinePackages,
  managers,
} from "../../../tools/setup/packages.ts";
import { packageNames, whenFree } from "../../../tools/setup/systemPackages.ts";

const all = [...machinePackages, ...imagePackages, ...buildPackages, ...crioPackages];

describe("system packages", () => {
  test.each(managers)("%s has a name for each need", (manager) => {
    const lacking = all.filter(({ packages }) => packages[manager].length === 0);
    expect(lacking.map(({ what }) => what)).toEqual([]);
    const names = all.flatMap(({ packages }) => packages[manager]);
    expect(names.filter((name) => !/^[a-z0-9][a-z0-9.+-]+\??$/.test(name))).toEqual([]);
  });

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
      return answer === undefined ? Promise.resolve() : Promise.reject(new PersonError(answer));
    });
    await whenFree(asked, signal, 1);
    expect(asked).toHaveBeenCalledTimes(3);
    const broken = vi.fn(() => Promise.reject(new PersonError("apt-get update: no network")));
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
