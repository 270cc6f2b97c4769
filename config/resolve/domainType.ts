import { quote } from "../../base/wording.ts";
import { problemAt } from "../messages/problem.ts";
import { isElsewhere } from "../schema/libvirtUri.ts";
import type { HypervisorSettings } from "./hypervisors.ts";
import type { Resolved, Surroundings } from "./surroundings.ts";

/** Whether guests use KVM (`kvm`) or are emulated (`qemu`), as configured or as detected here. */
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
  // `lab` boots a guest's kernel to find out, since a guest may fail to boot although /dev/kvm
  // opens.
  const found = environment.HARDWAY_DOMAIN_TYPE || undefined;
  if (found !== undefined && found !== "kvm" && found !== "qemu") {
    const message = `expected kvm or qemu, got ${quote(found)}; unset it for automatic detection`;
    return { problems: [{ path: "HARDWAY_DOMAIN_TYPE", message }] };
  }
  if (isElsewhere(uri)) {
    const message = `auto checks this machine, but ${uri} is another hypervisor; write kvm, or qemu if it has no KVM`;
    return asked === "auto"
      ? { problems: [problemAt(place, message)] }
      : { value: asked, problems: [] };
  }
  const kvmWorks = found === undefined ? kvmOpens : found === "kvm";
  if (asked === "kvm" && !kvmWorks) {
    const why =
      found === undefined
        ? "/dev/kvm can't be opened for reading and writing here"
        : "no guest boots with KVM here (HARDWAY_DOMAIN_TYPE=qemu)";
    return {
      problems: [problemAt(place, `kvm is set, but ${why}; write qemu (slow) or auto`)],
    };
  }
  return { value: asked === "auto" ? (kvmWorks ? "kvm" : "qemu") : asked, problems: [] };
}
