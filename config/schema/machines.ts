import { z } from "zod";
import { suggestion } from "../../base/wording.ts";
import { domainTypes } from "../../model/lab.ts";
import { cloudImages, cpuLevels } from "../../model/versions.ts";
import { libvirtUri } from "./libvirtUri.ts";
import { bridge } from "./network.ts";
import { cpus, diskGiB, etcdDiskGiB, memoryMiB, nameRule } from "./node.ts";
import { choice, directory, expected, section, text } from "./values.ts";

const ownImage = section("url and sha256, and maybe cpuLevel", {
  url: text("an https:// or http:// URL or an absolute path", /^(https?:\/\/|\/)\S+$/),
  sha256: text("64 lower-case hex digits, as sha256sum prints them", /^[0-9a-f]{64}$/),
  cpuLevel: choice(cpuLevels)
    .default("x86-64-v1")
    .describe("The least processor that its programs run on; matters where it is emulated"),
});

const imageNames = Object.keys(cloudImages) as [keyof typeof cloudImages];

const domainType = choice(["auto", ...domainTypes]);

const hypervisor = section("libvirt, and maybe domainType, pool, bridge", {
  libvirt: libvirtUri.describe("Its libvirt"),
  domainType: domainType.optional().describe("As machines.domainType says unless given"),
  pool: directory.optional().describe("As machines.pool says unless given"),
  bridge: bridge.optional().describe("As network.bridge says unless given"),
});

export const machinesSection = section(
  "libvirt or hypervisors, domainType, image, pool, cpus, emulatedCpus, memoryMiB, diskGiB and etcdDiskGiB",
  {
    libvirt: libvirtUri
      .optional()
      .describe("The libvirt to make machines on; qemu:///system unless given"),
    hypervisors: z
      .record(z.string(), hypervisor, expected("a mapping of names to hypervisors"))
      .optional()
      .meta({
        description: "Instead of libvirt: several hosts to make machines on, by name",
        ...nameRule,
      }),
    domainType: domainType
      .default("auto")
      .describe(
        "kvm needs a processor that virtualises; qemu emulates, about ten times slower; auto finds out, on this machine",
      ),
    image: z
      .union(
        [choice(imageNames), ownImage],
        expected(`one of ${imageNames.join(", ")} or a mapping with url and sha256`, (input) =>
          typeof input === "string" ? suggestion(input, imageNames) : "",
        ),
      )
      .default("debian-12")
      .describe("The cloud image that machines boot"),
    pool: directory
      .default("/var/lib/libvirt/hardway")
      .describe("Directory for the machines' disks; each lab has its own folder there"),
    cpus: cpus.default(2).describe("Virtual CPUs of a machine that does not say"),
    emulatedCpus: cpus
      .optional()
      .describe(
        "The most virtual CPUs of a machine that is emulated; more machines than processors get on better with one each",
      ),
    memoryMiB: memoryMiB.default(2048).describe("Memory in MiB of a machine that does not say"),
    diskGiB: diskGiB.default(10).describe("Root disk in GiB of a machine that does not say"),
    etcdDiskGiB: etcdDiskGiB
      .optional()
      .describe(
        "A disk in GiB for etcd's data alone, of a member of etcd that does not say; unless given, it is on the root disk",
      ),
  },
);
