import { problemAt } from "../messages/problem.ts";
import { isElsewhere } from "../schema/libvirtUri.ts";
import type { HypervisorSettings } from "./hypervisors.ts";
import type { Resolved, Surroundings } from "./surroundings.ts";

/** Whether guests run on the processor (kvm) or are emulated (qemu): as the config says, or as it is found out here. */
export function resolveDomainType(
  {
    uri,
    domainType: asked,
    domainTypeKeys: place,
  }: Pick<HypervisorSettings, "uri" | "domainType" | "domainTypeKeys">,
  { environment, kvmOpens }: Pick<Surroundings, "environment" | "kvmOpens">,
): Resolved<"kvm" | "qemu"> {
  if (uri === undefined || asked === undefined) {
    return { problems: [] };
  }
  // `lab` boots a guest's kernel to know; that /dev/kvm opens does not say that one boots.
  const found = environment.HARDWAY_DOMAIN_TYPE || undefined;
  if (found !== undefined && found !== "kvm" && found !== "qemu") {
    const message = `expected kvm or qemu, got ${JSON.stringify(found)}; unset it to have it found out`;
    return { problems: [{ path: "HARDWAY_DOMAIN_TYPE", message }] };
  }
  if (isElsewhere(uri)) {
    const message = `auto looks at this machine, but ${uri} makes its machines on another; write kvm, or qemu if that has no KVM`;
    return asked === "auto"
      ? { problems: [problemAt(place, message)] }
      : { value: asked, problems: [] };
  }
  const kvmWorks = found === undefined ? kvmOpens : found === "kvm";
  if (asked === "kvm" && !kvmWorks) {
    const why =
      found === undefined
        ? "/dev/kvm can't be opened for reading and writing here"
        : "no guest boots with it here (HARDWAY_DOMAIN_TYPE=qemu)";
    return {
      problems: [problemAt(place, `kvm is asked for, but ${why}; write qemu (slow) or auto`)],
    };
  }
  return { value: asked === "auto" ? (kvmWorks ? "kvm" : "qemu") : asked, problems: [] };
}
