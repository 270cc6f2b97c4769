import { type ConfigProblem, pathText, problemAt } from "../../config/messages/problem.ts";
import type { Hypervisor, Lab } from "../../model/lab.ts";
import { guestsOf, placeOf } from "../hypervisorProblems.ts";
import type { ClusterRecord } from "../record.ts";

/** Machines of this hypervisor that are there, and stay, with another type than is found out now. */
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
 * The lab with every hypervisor's machines of the type that those are of which it has made: what is found out on this machine is
 * for a lab to come. Otherwise a moment in which KVM does not answer, or another user, would start all machines anew at once.
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
 * Machines that were made with KVM where none is found now.
 *
 * @param lab as the config describes it
 */
export function lostKvmProblems(lab: Lab, record: ClusterRecord): ConfigProblem[] {
  return keptIn(lab, record)
    .filter(({ domainType }) => domainType === "kvm")
    .map(({ hypervisor, names }) =>
      problemAt(
        placeOf(hypervisor, "domainType"),
        `auto finds no KVM that works here now, but with it these machines were made, and all would be started anew, emulated: ${names.join(", ")}; mend it (./lab status says what is wrong), or write qemu`,
      ),
    );
}

/** One line for each hypervisor whose machines stay emulated where KVM is found now. */
export function keptEmulatedNotes(lab: Lab, record: ClusterRecord): string[] {
  return keptIn(lab, record)
    .filter(({ domainType }) => domainType === "qemu")
    .map(
      ({ hypervisor, names }) =>
        `${pathText(placeOf(hypervisor, "domainType"))}: auto finds KVM here now; made emulated, and staying so: ${names.join(", ")}; write kvm to have them started anew with it`,
    );
}
