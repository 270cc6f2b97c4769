import { z } from "zod";
import { suggestion } from "../../base/wording.ts";
import { domainTypes } from "../../model/lab.ts";
import { cloudImages, cpuLevels } from "../../model/versions.ts";
import { libvirtUri } from "./libvirtUri.ts";
import { bridge } from "./network.ts";
import { cpus, diskGiB, etcdDiskGiB, memoryMiB, nameRule } from "./node.ts";
import { choice, directory, expected, section, text } from "./values.ts";

const imageKind = "an https:// or http:// URL or an absolute path";

const ownImage = section("url and sha256, and maybe cpuLevel", {
  url: text(imageKind, /^(https?:\/\/|\/)\S+$/)
    .refine((url) => url.startsWith("/") || URL.canParse(url), expected(imageKind))
    .describe("URL, or absolute path on the workstation, of a custom image"),
  sha256: text("64 lower-case hex digits, as sha256sum prints them", /^[0-9a-f]{64}$/).describe(
    "The image's checksum",
  ),
  cpuLevel: choice(cpuLevels)
    .default("x86-64-v1")
    .describe("The oldest CPU level that its programs run on; used if the machine is emulated"),
});

const imageNames = Object.keys(cloudImages) as [keyof typeof cloudImages];

const domainType = choice(["auto", ...domainTypes]);

const hypervisor = section("libvirt, and maybe domainType, pool, bridge", {
  libvirt: libvirtUri.describe("The hypervisor's libvirt"),
  domainType: domainType.optional().describe("By default machines.domainType"),
  pool: directory.optional().describe("By default machines.pool"),
  bridge: bridge.optional().describe("By default network.bridge"),
});

export const machinesSection = section(
  "libvirt or hypervisors, domainType, image, pool, cpus, emulatedCpus, memoryMiB, diskGiB and etcdDiskGiB",
  {
    libvirt: libvirtUri
      .optional()
      .describe("The libvirt that runs the VMs; by default qemu:///system"),
    hypervisors: z
      .record(z.string(), hypervisor, expected("a mapping of names to hypervisors"))
      .optional()
      .meta({
        description: "Instead of libvirt: several hypervisors, by name",
        ...nameRule,
      }),
    domainType: domainType
      .default("auto")
      .describe(
        "kvm needs hardware virtualisation; qemu emulates, about ten times slower; auto checks the workstation",
      ),
    image: z
      .union(
        [choice(imageNames), ownImage],
        expected(`one of ${imageNames.join(", ")} or a mapping with url and sha256`, (input) =>
          typeof input === "string" ? suggestion(input, imageNames) : "",
        ),
      )
      .default("debian-12")
      .describe("The cloud image of the VMs"),
    pool: directory
      .default("/var/lib/libvirt/hardway")
      .describe("Directory for the VMs' disks; each lab has its own subdirectory"),
    cpus: cpus.default(2).describe("Default number of virtual CPUs of a VM"),
    emulatedCpus: cpus
      .optional()
      .describe(
        "Maximum number of virtual CPUs of an emulated VM; 1 is fastest if there are more VMs than physical CPUs",
      ),
    memoryMiB: memoryMiB.default(2048).describe("Default memory of a VM in MiB"),
    diskGiB: diskGiB.default(10).describe("Default root disk of a VM in GiB"),
    etcdDiskGiB: etcdDiskGiB
      .optional()
      .describe(
        "Default size in GiB of a separate disk for etcd's data; without it, the data is on the root disk",
      ),
  },
);
