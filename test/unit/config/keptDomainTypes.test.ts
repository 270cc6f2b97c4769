import { describe, expect, test } from "vitest";
import { problemText } from "../../../config/messages/problem.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { devCluster, planOf, recordAfter } from "../../../harness/program/labs.ts";
import {
  keptEmulatedNotes,
  lostKvmProblems,
  withKeptDomainTypes,
} from "../../../plan/changes/keptDomainTypes.ts";
import { guestNodes } from "../../../plan/nodes.ts";
import type { ClusterRecord } from "../../../plan/record.ts";
import { surroundings } from "./surroundings.ts";

type DomainType = "kvm" | "qemu";

/** The lab with or without working KVM, and with this config. */
const labWhere = (found: DomainType, domainType: DomainType | "auto" = "auto") =>
  labFrom(
    { ...devCluster, machines: { domainType, emulatedCpus: 1 } },
    surroundings({ kvmOpens: found === "kvm" }),
  );

const madeWith = (domainType: DomainType): ClusterRecord => recordAfter(labWhere(domainType));

const typesOf = (lab: ReturnType<typeof labWhere>) =>
  guestNodes(planOf(lab)).map(({ machine }) => machine.domainType);

describe("the domain type of existing machines", () => {
  test("stays emulated where KVM is found now, and a line says how to change that", () => {
    const lab = labWhere("kvm");
    const kept = withKeptDomainTypes(lab, madeWith("qemu"));
    expect(planOf(kept)).toEqual(planOf(labWhere("qemu")));
    expect(lostKvmProblems(lab, madeWith("qemu"))).toEqual([]);
    expect(keptEmulatedNotes(lab, madeWith("qemu")).map(problemText)).toEqual([
      "machines.domainType: KVM works here now, but these machines were created under emulation and stay emulated: control-1, worker-1, worker-2; write kvm to restart them with KVM",
    ]);
  });

  test("is not changed automatically from KVM to emulation", () => {
    const lab = labWhere("qemu");
    expect(lostKvmProblems(lab, madeWith("kvm"))).toEqual([
      {
        keys: ["machines", "domainType"],
        path: "machines.domainType",
        message:
          "these machines were created with KVM, which does not work here now; auto would restart them under emulation: control-1, worker-1, worker-2; fix KVM (./lab status shows why), or write qemu",
      },
    ]);
    expect(keptEmulatedNotes(lab, madeWith("kvm"))).toEqual([]);
  });

  test.each([
    ["kvm", "qemu"],
    ["qemu", "kvm"],
  ] as const)("is %s, where the config says so, whatever it was", (asked, was) => {
    const lab = labWhere("kvm", asked);
    expect(withKeptDomainTypes(lab, madeWith(was))).toEqual(lab);
    expect(typesOf(lab)).toEqual([asked, asked, asked]);
    expect(lostKvmProblems(lab, madeWith(was))).toEqual([]);
    expect(keptEmulatedNotes(lab, madeWith(was))).toEqual([]);
  });

  test.each(["kvm", "qemu"] as const)("%s as before is nothing to speak of", (type) => {
    expect(withKeptDomainTypes(labWhere(type), madeWith(type))).toEqual(labWhere(type));
    expect(lostKvmProblems(labWhere(type), madeWith(type))).toEqual([]);
    expect(keptEmulatedNotes(labWhere(type), madeWith(type))).toEqual([]);
  });

  test("is what is found if none of the machines exists yet", () => {
    const gone = { ...madeWith("kvm"), nodes: [] };
    expect(withKeptDomainTypes(labWhere("qemu"), gone)).toEqual(labWhere("qemu"));
    expect(lostKvmProblems(labWhere("qemu"), gone)).toEqual([]);
  });
});
