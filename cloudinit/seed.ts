import { createHash } from "node:crypto";
import { join } from "node:path";
import { nodeYaml } from "../base/nodeYaml.ts";
import type { ClusterPlan, GuestNode, NodePlan } from "../plan/clusterPlan.ts";
import { authorizedKeysPath, sshdDropIn } from "./authorizedKeys.ts";
import { isoImage } from "./iso.ts";

/** Keys, which exist only in the graph. The private one makes the whole seed a secret. */
export interface SeedKeys {
  /** OpenSSH format. */
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string;
  /**
   * hardway's own login key. Users' keys are installed by the operating-system step, so that
   * changing one restarts no machine.
   */
  readonly userPublicKey: string;
}

/**
 * cloud-init's user data: host name, login keys, and nothing that downloads. Only keys that are
 * needed: each more can start a stage of cloud-init without work (`toolchain/image` disables such
 * stages).
 */
export function renderUserData(plan: ClusterPlan, node: NodePlan, keys: SeedKeys): string {
  return `#cloud-config\n${nodeYaml({
    hostname: node.name,
    // A top-level domain reserved for private use, unlike .local, which belongs to multicast DNS.
    fqdn: `${node.name}.${plan.name}.internal`,
    prefer_fqdn_over_hostname: false,
    manage_etc_hosts: true,
    disable_root: false,
    ssh_pwauth: false,
    // cloud-init only adds keys. Remove those of a previous seed on the same disk.
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
    // The host key that every connection verifies. If keys are given, cloud-init generates no
    // others.
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: keys.hostPrivateKey, ed25519_public: keys.hostPublicKey.trim() },
    growpart: { mode: "auto", devices: ["/"] },
    resize_rootfs: true,
  })}`;
}

/**
 * The instance ID. With a new ID cloud-init configures the machine again, on its existing disk, so
 * the ID covers everything in the seed; the secret host key by its public half.
 */
export function renderMetaData(plan: ClusterPlan, node: GuestNode, keys: SeedKeys): string {
  const said = renderUserData(plan, node, { ...keys, hostPrivateKey: "" });
  const content = createHash("sha256").update(said).update(renderNetworkConfig(plan, node));
  return nodeYaml({
    "instance-id": `${node.machine.domain}-${content.digest("hex").slice(0, 12)}`,
    "local-hostname": node.name,
  });
}

/**
 * The machine's only interface, matched by its MAC, with the address from the plan. The default
 * route is written as a network, a form that cloud-init 22 reads as well as newer versions.
 */
export function renderNetworkConfig(plan: ClusterPlan, node: GuestNode): string {
  return nodeYaml({
    version: 2,
    ethernets: {
      eth0: {
        match: { macaddress: node.machine.mac },
        "set-name": "eth0",
        dhcp4: false,
        addresses: [`${node.address}/${plan.network.nodes.prefix}`],
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
 * The seed's path during upload. Its name contains a hash of its content, so that another seed has
 * another path: the libvirt provider compares paths, not contents. The lab's name identifies files
 * that a killed run left behind.
 */
export function seedPath({ name, libvirt }: ClusterPlan, image: Buffer): string {
  const hash = createHash("sha256").update(image).digest("hex");
  return join(libvirt.seedDirectory, `hardway-${name}-${hash}.iso`);
}

/** True if a file of this name is a complete or unfinished seed of this lab. */
export const isSeedOf = (lab: string, file: string): boolean =>
  file.startsWith(`hardway-${lab}-`) &&
  /^[0-9a-f]{64}\.iso(\.\d+)?$/.test(file.slice(`hardway-${lab}-`.length));
