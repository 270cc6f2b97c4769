/** The supported package managers. */
export const managers = ["apt-get", "dnf", "pacman", "zypper"] as const;
export type Manager = (typeof managers)[number];

/**
 * A need of packages, and how to check that they are installed. A name that ends in `?` is
 * optional, since releases split libvirt differently.
 */
export interface PackageNeed {
  /** The purpose, for the user. */
  readonly what: string;
  /** Any of these commands, on PATH or in a system directory, or a file. */
  readonly test: { readonly commands: readonly string[] } | { readonly file: string };
  readonly packages: Readonly<Record<Manager, readonly string[]>>;
}

/** The names of qemu for x86-64. RHEL and its derivatives install it as /usr/libexec/qemu-kvm. */
export const qemuCommands = ["qemu-system-x86_64", "qemu-kvm"] as const;

/** Needed to create guests on this machine. */
export const machinePackages: readonly PackageNeed[] = [
  {
    what: "qemu, which runs machines",
    test: { commands: qemuCommands },
    packages: {
      "apt-get": ["qemu-system-x86"],
      dnf: ["qemu-kvm"],
      pacman: ["qemu-base"],
      zypper: ["qemu-x86"],
    },
  },
  {
    what: "qemu-img, which creates disks",
    test: { commands: ["qemu-img"] },
    packages: {
      "apt-get": ["qemu-utils"],
      dnf: ["qemu-img"],
      pacman: ["qemu-img"],
      zypper: ["qemu-tools"],
    },
  },
  {
    what: "libvirt, which manages machines, disks and networks",
    test: { commands: ["libvirtd", "virtqemud"] },
    packages: {
      "apt-get": [
        "libvirt-daemon-system",
        "libvirt-daemon-driver-qemu",
        "libvirt-daemon-driver-network?",
        "libvirt-daemon-driver-storage?",
      ],
      dnf: ["libvirt-daemon", "libvirt-daemon-kvm", "libvirt-daemon-config-network"],
      pacman: ["libvirt"],
      zypper: ["libvirt-daemon", "libvirt-daemon-qemu"],
    },
  },
  {
    what: "virsh, libvirt's command",
    test: { commands: ["virsh"] },
    packages: {
      "apt-get": ["libvirt-clients"],
      dnf: ["libvirt-client"],
      pacman: ["libvirt"],
      zypper: ["libvirt-client"],
    },
  },
  {
    what: "dnsmasq, the network's DHCP and DNS server",
    test: { commands: ["dnsmasq"] },
    packages: {
      "apt-get": ["dnsmasq-base"],
      dnf: ["dnsmasq"],
      pacman: ["dnsmasq"],
      zypper: ["dnsmasq"],
    },
  },
  {
    what: "iptables, for the network's NAT",
    test: { commands: ["iptables"] },
    packages: {
      "apt-get": ["iptables"],
      dnf: ["iptables-nft"],
      pacman: ["iptables-nft"],
      zypper: ["iptables"],
    },
  },
  {
    what: "xsltproc, which the libvirt provider needs to complete domain definitions",
    test: { commands: ["xsltproc"] },
    packages: {
      "apt-get": ["xsltproc"],
      dnf: ["libxslt"],
      pacman: ["libxslt"],
      zypper: ["libxslt-tools"],
    },
  },
  {
    what: "ip, which sets up the lab's own network",
    test: { commands: ["ip"] },
    packages: {
      "apt-get": ["iproute2"],
      dnf: ["iproute"],
      pacman: ["iproute2"],
      zypper: ["iproute2"],
    },
  },
  {
    what: "ssh",
    test: { commands: ["ssh"] },
    packages: {
      "apt-get": ["openssh-client"],
      dnf: ["openssh-clients"],
      pacman: ["openssh"],
      zypper: ["openssh-clients"],
    },
  },
];

/** Needed to build the base image from Debian's archive. */
export const imagePackages: readonly PackageNeed[] = [
  {
    what: "mmdebstrap, which unpacks Debian",
    test: { commands: ["mmdebstrap"] },
    packages: {
      "apt-get": ["mmdebstrap"],
      dnf: ["mmdebstrap"],
      pacman: ["mmdebstrap"],
      zypper: ["mmdebstrap"],
    },
  },
  {
    what: "the keys that sign Debian's packages",
    test: { file: "/usr/share/keyrings/debian-archive-keyring.gpg" },
    packages: {
      "apt-get": ["debian-archive-keyring"],
      dnf: ["debian-keyring"],
      pacman: ["debian-archive-keyring"],
      zypper: ["debian-keyring"],
    },
  },
  {
    what: "mke2fs, which creates the file system",
    test: { commands: ["mke2fs"] },
    packages: {
      "apt-get": ["e2fsprogs"],
      dnf: ["e2fsprogs"],
      pacman: ["e2fsprogs"],
      zypper: ["e2fsprogs"],
    },
  },
  {
    what: "sfdisk, which creates the partition",
    test: { commands: ["sfdisk"] },
    packages: {
      "apt-get": ["fdisk"],
      dnf: ["util-linux-core"],
      pacman: ["util-linux"],
      zypper: ["util-linux"],
    },
  },
  {
    what: "GRUB for BIOS, which boots the image",
    test: { file: "/usr/lib/grub/i386-pc/boot.img" },
    packages: {
      "apt-get": ["grub-pc-bin"],
      dnf: ["grub2-pc-modules"],
      pacman: ["grub"],
      zypper: ["grub2-i386-pc"],
    },
  },
  {
    what: "grub-mkimage",
    test: { commands: ["grub-mkimage", "grub2-mkimage"] },
    packages: {
      "apt-get": ["grub-common"],
      dnf: ["grub2-tools-extra"],
      pacman: ["grub"],
      zypper: ["grub2"],
    },
  },
];

/** Needed for the container machines of the end-to-end tests, besides those for images. */
export const testPackages: readonly PackageNeed[] = [
  {
    what: "systemd-nspawn, which boots container machines",
    test: { commands: ["systemd-nspawn"] },
    packages: {
      "apt-get": ["systemd-container"],
      dnf: ["systemd-container"],
      pacman: ["systemd"],
      zypper: ["systemd-container"],
    },
  },
  {
    what: "curl",
    test: { commands: ["curl"] },
    packages: { "apt-get": ["curl"], dnf: ["curl"], pacman: ["curl"], zypper: ["curl"] },
  },
];

/** Needed to build the parts that link C code (runc, flanneld, pause). */
export const buildPackages: readonly PackageNeed[] = [
  {
    what: "a C compiler",
    test: { commands: ["gcc"] },
    packages: { "apt-get": ["gcc"], dnf: ["gcc"], pacman: ["gcc"], zypper: ["gcc"] },
  },
  {
    what: "the C library for static programs",
    test: { file: "/usr/include/stdio.h" },
    packages: {
      "apt-get": ["libc6-dev"],
      dnf: ["glibc-devel", "glibc-static"],
      pacman: ["glibc"],
      zypper: ["glibc-devel", "glibc-devel-static"],
    },
  },
  {
    what: "libseccomp, which runc links",
    test: { file: "/usr/include/seccomp.h" },
    packages: {
      "apt-get": ["libseccomp-dev"],
      dnf: ["libseccomp-devel", "libseccomp-static"],
      pacman: ["libseccomp"],
      zypper: ["libseccomp-devel"],
    },
  },
];

/** Needed to build CRI-O's conmon, besides a C compiler. */
export const crioPackages: readonly PackageNeed[] = [
  {
    what: "pkg-config",
    test: { commands: ["pkg-config"] },
    packages: {
      "apt-get": ["pkg-config"],
      dnf: ["pkgconf-pkg-config"],
      pacman: ["pkgconf"],
      zypper: ["pkgconf-pkg-config"],
    },
  },
  {
    what: "GLib, which conmon links",
    test: { file: "/usr/include/glib-2.0/glib.h" },
    packages: {
      "apt-get": ["libglib2.0-dev"],
      dnf: ["glib2-devel", "glib2-static"],
      pacman: ["glib2"],
      zypper: ["glib2-devel", "glib2-devel-static"],
    },
  },
];

/** The commands that install packages without questions, after an update of the package lists. */
export function installCommands(manager: Manager, packages: readonly string[]): string[][] {
  switch (manager) {
    case "apt-get": {
      // Waits for another apt, for example a new machine's automatic update, but not forever.
      const options = ["-q", "-y", "-o", "DPkg::Lock::Timeout=300"];
      return [
        ["apt-get", ...options, "update"],
        ["apt-get", ...options, "install", "--no-install-recommends", ...packages],
      ];
    }
    case "dnf":
      return [["dnf", "-y", "install", "--setopt=install_weak_deps=False", ...packages]];
    case "pacman":
      return [["pacman", "-S", "--noconfirm", "--needed", ...packages]];
    case "zypper":
      return [["zypper", "--non-interactive", "install", "--no-recommends", ...packages]];
  }
}
