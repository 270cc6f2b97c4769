import { type ConfigProblem, problemAt } from "../../config/messages/problem.ts";
import type { Hypervisor, Lab } from "../../model/lab.ts";
import { guestsOf, placeOf } from "../hypervisorProblems.ts";
import type { ClusterRecord } from "../record.ts";

/** Existing machines of a hypervisor whose domain type differs from the one detected now. */
interface Kept {
  readonly hypervisor: Hypervisor;
  readonly domainType: Hypervisor["domainType"];
  readonly names: readonly string[];
}

function keptIn(lab: Lab, record: ClusterRecord): Kept[] {
  const machines = record.nodes.flatMap(({ name, guest }) =>
    guest === undefined ? [] : [{ ...guest, name }],
  );
  return lab.machines.hypervisors.flatMap((hypervisor) => {
    if (hypervisor.isTypeFoundOut !== true) return [];
    const names = new Set(guestsOf(lab, hypervisor).map(({ name }) => name));
    const kept = machines.filter(
      (machine) =>
        names.has(machine.name) &&
        machine.hypervisor === hypervisor.name &&
        machine.domainType !== hypervisor.domainType,
    );
    return kept.slice(0, 1).map(({ domainType }) => ({
      hypervisor,
      domainType,
      names: kept.map(({ name }) => name),
    }));
  });
}

/**
 * Returns the lab with the domain type of each hypervisor's existing machines: detection is for new
 * labs only. Otherwise a failing KVM, or another user, would restart all machines at once.
 */
export function withKeptDomainTypes(lab: Lab, record: ClusterRecord): Lab {
  const kept = keptIn(lab, record);
  const hypervisors = lab.machines.hypervisors.map((hypervisor) => {
    const was = kept.find((one) => one.hypervisor === hypervisor);
    return was === undefined ? hypervisor : { ...hypervisor, domainType: was.domainType };
  });
  return { ...lab, machines: { ...lab.machines, hypervisors } };
}

/**
 * Reports machines created with KVM if KVM does not work now.
 *
 * @param lab as the config describes it
 */
export function lostKvmProblems(lab: Lab, record: ClusterRecord): ConfigProblem[] {
  return keptIn(lab, record)
    .filter(({ domainType }) => domainType === "kvm")
    .map(({ hypervisor, names }) =>
      problemAt(
        placeOf(hypervisor, "domainType"),
        `these machines were created with KVM, which does not work here now; auto would restart them under emulation: ${names.join(", ")}; fix KVM (./lab status shows why), or write qemu`,
      ),
    );
}

/** A note for each hypervisor whose machines stay emulated although KVM works now. */
export function keptEmulatedNotes(lab: Lab, record: ClusterRecord): ConfigProblem[] {
  return keptIn(lab, record)
    .filter(({ domainType }) => domainType === "qemu")
    .map(({ hypervisor, names }) =>
      problemAt(
        placeOf(hypervisor, "domainType"),
        `KVM works here now, but these machines were created under emulation and stay emulated: ${names.join(", ")}; write kvm to restart them with KVM`,
      ),
    );
}
