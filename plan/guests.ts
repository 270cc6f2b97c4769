import type { BaseImage, Hypervisor, Lab, LabNode } from "../model/lab.ts";
import { guestsIn, type OnGuest } from "../model/machines.ts";
import { domainName, macOf } from "../model/names.ts";
import { etcdNodes } from "../model/roles.ts";
import type { GuestPlan, RootDiskPlan } from "./clusterPlan.ts";
import { imageOf, poolPathOf } from "./hypervisors.ts";

/** A node whose machine is created by the program. */
export type LabGuest = OnGuest<LabNode>;

export function planGuest(lab: Lab, node: LabGuest): GuestPlan {
  const { cpus, memoryMiB, etcdDiskGiB } = node.machine;
  const rootDisk = planRootDisk(lab, node);
  const hypervisor = hypervisorOf(lab, node);
  const { emulatedCpus = cpus } = lab.machines;
  return {
    kind: "guest",
    domain: domainName(lab.name, node.name),
    ...(hypervisor.name === undefined ? {} : { hypervisor: hypervisor.name }),
    domainType: hypervisor.domainType,
    mac: macOf(lab.name, node.name),
    cpus: hypervisor.domainType === "qemu" ? Math.min(cpus, emulatedCpus) : cpus,
    ...cpuModeOf(hypervisor, rootDisk.image),
    memoryMiB,
    rootDisk,
    ...(etcdDiskGiB !== undefined && isMember(lab, node) ? { etcdDiskGiB } : {}),
  };
}

const isMember = ({ nodes }: Lab, { name }: LabNode): boolean =>
  etcdNodes(nodes).some((member) => member.name === name);

export function planRootDisk(lab: Lab, node: LabGuest): RootDiskPlan {
  return {
    poolPath: poolPathOf(lab, hypervisorOf(lab, node).pool),
    image: imageOf(lab, node),
    bytes: node.machine.diskGiB * 1024 ** 3,
  };
}

/** Whether any guest is emulated. */
export const hasEmulated = (lab: Lab): boolean =>
  guestsIn(lab.nodes).some((node) => hypervisorOf(lab, node).domainType === "qemu");

function hypervisorOf({ machines }: Lab, node: LabGuest): Hypervisor {
  const found = machines.hypervisors.find(({ name }) => name === node.machine.hypervisor);
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
