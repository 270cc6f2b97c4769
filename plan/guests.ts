import type { BaseImage, Hypervisor, Lab, LabNode } from "../model/lab.ts";
import { domainName, macOf } from "../model/names.ts";
import { etcdNodes } from "../model/roles.ts";
import type { GuestPlan, RootDiskPlan } from "./clusterPlan.ts";
import { imageOf, poolPathOf } from "./hypervisors.ts";

export function planGuest(lab: Lab, node: LabNode): GuestPlan {
  const { etcdDiskGiB } = node;
  const rootDisk = planRootDisk(lab, node);
  const hypervisor = hypervisorOf(lab, node);
  const { emulatedCpus = node.cpus } = lab.machines;
  return {
    domain: domainName(lab.name, node.name),
    ...(node.hypervisor === undefined ? {} : { hypervisor: node.hypervisor }),
    domainType: hypervisor.domainType,
    mac: macOf(lab.name, node.name),
    cpus: hypervisor.domainType === "qemu" ? Math.min(node.cpus, emulatedCpus) : node.cpus,
    ...cpuModeOf(hypervisor, rootDisk.image),
    memoryMiB: node.memoryMiB,
    rootDisk,
    ...(etcdDiskGiB !== undefined && etcdNodes(lab.nodes).includes(node) ? { etcdDiskGiB } : {}),
  };
}

export function planRootDisk(lab: Lab, node: LabNode): RootDiskPlan {
  return {
    poolPath: poolPathOf(lab, hypervisorOf(lab, node).pool),
    image: imageOf(lab, node),
    bytes: node.diskGiB * 1024 ** 3,
  };
}

/** Whether any guest is emulated. */
export const hasEmulated = (lab: Lab): boolean =>
  lab.nodes.some(
    (node) => node.host === undefined && hypervisorOf(lab, node).domainType === "qemu",
  );

function hypervisorOf({ machines }: Lab, node: LabNode): Hypervisor {
  const found = machines.hypervisors.find(({ name }) => name === node.hypervisor);
  if (found === undefined) throw new Error(`no hypervisor for node ${node.name}`);
  return found;
}

/**
 * With KVM, a guest has the hypervisor's processor. An emulated guest keeps libvirt's default
 * (x86-64-v1) if its image allows: the emulator's best, which x86-64-v2 and v3 need, makes a boot a
 * third longer.
 */
function cpuModeOf(
  { domainType }: Hypervisor,
  { cpuLevel }: BaseImage,
): Pick<GuestPlan, "cpuMode"> {
  if (domainType === "kvm") return { cpuMode: "host-passthrough" };
  return cpuLevel === "x86-64-v1" ? {} : { cpuMode: "maximum" };
}
