import { createHash } from "node:crypto";
import { join } from "node:path";
import { nodeYaml } from "../base/nodeYaml.ts";
import type { ClusterPlan, GuestPlan, NodePlan } from "../plan/clusterPlan.ts";
import { authorizedKeysPath, sshdDropIn } from "./authorizedKeys.ts";
import { isoImage } from "./iso.ts";

/** A node whose machine is made here. */
export type GuestNode = NodePlan & { readonly machine: { readonly guest: GuestPlan } };

/** What only the graph knows of a machine: keys. The private one makes the whole seed a secret. */
export interface SeedKeys {
  /** OpenSSH format. */
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string;
  /** What the program logs in with. People's keys come by the host step, so that another one restarts no machine. */
  readonly userPublicKey: string;
}

/**
 * The first boot's instructions: who the machine is, who may log in, and nothing that downloads. Only keys that say
 * something: each more can start a stage of cloud-init that has nothing to do (`toolchain/image` leaves such stages out).
 */
export function renderUserData(plan: ClusterPlan, node: NodePlan, keys: SeedKeys): string {
  return `#cloud-config\n${nodeYaml({
    hostname: node.name,
    // A top-level name that is set aside for private use, unlike .local, which is multicast DNS's.
    fqdn: `${node.name}.${plan.name}.internal`,
    prefer_fqdn_over_hostname: false,
    manage_etc_hosts: true,
    disable_root: false,
    ssh_pwauth: false,
    // cloud-init only ever adds keys. A disk that had another seed before must not let that one's people in.
    bootcmd: [
      [
        "cloud-init-per",
        "instance",
        "authorized-keys",
        "rm",
        "--force",
        "/root/.ssh/authorized_keys",
        authorizedKeysPath,
      ],
    ],
    write_files: [sshdDropIn],
    users: [
      {
        name: "root",
        lock_passwd: true,
        ssh_authorized_keys: [keys.userPublicKey.trim()],
      },
    ],
    // The host key that every connection pins. Where keys are given, cloud-init makes no others.
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: keys.hostPrivateKey, ed25519_public: keys.hostPublicKey.trim() },
    growpart: { mode: "auto", devices: ["/"] },
    resize_rootfs: true,
  })}`;
}

/**
 * Which machine this is to cloud-init. Another id makes it set the machine up anew, on the disk that it has: so the
 * id tells everything that the seed says, the secret host key by its public half.
 */
export function renderMetaData(plan: ClusterPlan, node: GuestNode, keys: SeedKeys): string {
  const said = renderUserData(plan, node, { ...keys, hostPrivateKey: "" });
  const content = createHash("sha256").update(said).update(renderNetworkConfig(plan, node));
  return nodeYaml({
    "instance-id": `${node.machine.guest.domain}-${content.digest("hex").slice(0, 12)}`,
    "local-hostname": node.name,
  });
}

/**
 * The machine's one interface, found by its MAC, with the address from the plan. The default route is
 * written out as a network, the form that cloud-init 22 reads as well as newer ones.
 */
export function renderNetworkConfig(plan: ClusterPlan, node: GuestNode): string {
  return nodeYaml({
    version: 2,
    ethernets: {
      eth0: {
        match: { macaddress: node.machine.guest.mac },
        "set-name": "eth0",
        dhcp4: false,
        addresses: [`${node.address}/${plan.network.prefix}`],
        routes: [{ to: "0.0.0.0/0", via: plan.network.gateway }],
        nameservers: { addresses: [...plan.network.nameServers] },
      },
    },
  });
}

/** The NoCloud seed as a disk image, labelled as cloud-init looks for it. */
export function renderSeed(plan: ClusterPlan, node: GuestNode, keys: SeedKeys): Buffer {
  return isoImage("cidata", {
    "meta-data": renderMetaData(plan, node, keys),
    "network-config": renderNetworkConfig(plan, node),
    "user-data": renderUserData(plan, node, keys),
  });
}

/**
 * Where a seed is while it is uploaded. Its name is its content's hash, so that another seed is another path: the libvirt
 * provider compares paths, not contents. The lab's name is for who finds one that a killed run left behind.
 */
export function seedPath({ name, libvirt }: ClusterPlan, image: Buffer): string {
  const hash = createHash("sha256").update(image).digest("hex");
  return join(libvirt.seedDirectory, `hardway-${name}-${hash}.iso`);
}

/** Whether a file of this name is a seed of this lab, or one that a killed run had begun. */
export const isSeedOf = (lab: string, file: string): boolean =>
  file.startsWith(`hardway-${lab}-`) &&
  /^[0-9a-f]{64}\.iso(\.\d+)?$/.test(file.slice(`hardway-${lab}-`.length));
