import * as libvirt from "@pulumi/libvirt";
import * as pulumi from "@pulumi/pulumi";
import { renderSeed } from "../../../cloudinit/seed.ts";
import { imageVolume, nodeResource, seedVolume, sharedResource } from "../../../model/names.ts";
import type { ClusterPlan, GuestNode, HypervisorPlan } from "../../../plan/clusterPlan.ts";
import { guestNodes } from "../../../plan/nodes.ts";
import { guestUser } from "../../../plan/planCluster.ts";
import type { Machine } from "../../remote/machine.ts";
import { domainXslt } from "./domainXslt.ts";
import { etcdDisk, etcdVolumeName } from "./etcdDisk.ts";
import { providerUri } from "./providerUri.ts";
import { seedFile } from "./seedFile.ts";

/** An SSH key pair in OpenSSH's formats. */
export interface KeyPair {
  readonly privateKeyOpenssh: pulumi.Output<string>;
  readonly publicKeyOpenssh: pulumi.Output<string>;
}

export interface GuestsArgs {
  readonly plan: ClusterPlan;
  /** The program's login key. */
  readonly userKey: KeyPair;
  /** Each machine's SSH host key, by node name. */
  readonly hostKeys: ReadonlyMap<string, KeyPair>;
}

/**
 * An emulated first boot beside others can take minutes; this many attempts limit the wait to about
 * 15 minutes.
 */
const dialErrorLimit = 180;

/**
 * The lab's guests, with the networks and disks that they need; nothing if the lab has no guests.
 */
export class Guests extends pulumi.ComponentResource {
  /** By node name; a machine's identity resolves when its domain has started. */
  readonly machines: ReadonlyMap<string, Machine>;

  constructor(name: string, args: GuestsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:libvirt:Guests", name, {}, opts);
    const { hypervisors } = args.plan.libvirt;
    const shared = new Map(
      hypervisors.map((hypervisor) => [hypervisor.name, this.makeShared(args.plan, hypervisor)]),
    );
    this.machines = new Map(
      guestNodes(args.plan).map((node) => {
        const found = shared.get(node.machine.hypervisor);
        if (found === undefined) {
          throw new Error(`no hypervisor makes the machine of node ${node.name}`);
        }
        return [node.name, this.makeGuest(node, args, found)];
      }),
    );
    this.registerOutputs();
  }

  /** Resources that all guests of one hypervisor share. */
  private makeShared({ libvirt: names, network }: ClusterPlan, hypervisor: HypervisorPlan) {
    const called = (what: string) => sharedResource(what, hypervisor.name);
    const provider = new libvirt.Provider(
      called("libvirt"),
      { uri: providerUri(hypervisor.uri) },
      { parent: this },
    );
    const options = {
      parent: this,
      provider,
      // Names are fixed, so the old resource must be deleted before the new one is created.
      deleteBeforeReplace: true,
      // If only the provider changed, the engine would take one hypervisor's resources for the
      // other's:
      // https://github.com/pulumi/pulumi/issues/2753
      replacementTrigger: called("libvirt"),
    };
    const ownNetwork =
      hypervisor.bridge === undefined
        ? new libvirt.Network(
            called("network"),
            {
              name: names.network,
              bridge: names.bridge,
              mode: "nat",
              addresses: [String(network.nodes)],
              // Each guest's seed sets its address: no address can change, and no lease is needed
              // before a boot.
              dhcp: { enabled: false },
              dns: { enabled: true },
              autostart: true,
            },
            options,
          )
        : undefined;
    const pool = new libvirt.Pool(
      called("pool"),
      { name: names.pool, type: "dir", target: { path: hypervisor.poolPath } },
      options,
    );
    const images = new Map(
      hypervisor.images.map(({ id, source }) => [
        id,
        new libvirt.Volume(
          called(`image-${id}`),
          { name: imageVolume(id), pool: pool.name, source, format: "qcow2" },
          // The name identifies the content; the place it was copied from is no property of the
          // volume.
          { ...options, ignoreChanges: ["source"] },
        ),
      ]),
    );
    return { hypervisor, options, ownNetwork, pool, images };
  }

  private makeGuest(
    node: GuestNode,
    args: GuestsArgs,
    shared: ReturnType<Guests["makeShared"]>,
  ): Machine {
    const { plan, userKey } = args;
    const guest = node.machine;
    const { hypervisor, options, ownNetwork, pool, images } = shared;
    const hostKey = args.hostKeys.get(node.name);
    const image = images.get(guest.rootDisk.image.id);
    if (hostKey === undefined || image === undefined) {
      throw new Error(`no host key or no image was made for node ${node.name}`);
    }
    const disk = new libvirt.Volume(
      `${node.name}-disk`,
      {
        name: `${node.name}.qcow2`,
        pool: pool.name,
        baseVolumeId: image.id,
        size: guest.rootDisk.bytes,
        format: "qcow2",
      },
      options,
    );
    const source = pulumi
      .all([hostKey.privateKeyOpenssh, hostKey.publicKeyOpenssh, userKey.publicKeyOpenssh])
      .apply(([hostPrivateKey, hostPublicKey, userPublicKey]) =>
        seedFile(
          plan,
          renderSeed(plan, node, {
            hostPrivateKey,
            hostPublicKey,
            userPublicKey,
          }),
        ),
      );
    const seed = new libvirt.Volume(
      nodeResource.seed(node.name),
      // The path is a hash of the secret, and not itself secret.
      {
        name: seedVolume(node.name),
        pool: pool.name,
        source: pulumi.unsecret(source),
        // No format: libvirt creates it as raw but reports iso, which would be a diff in every
        // preview.
      },
      options,
    );
    const forEtcd = etcdDisk(node, pool, options);
    const disks = [disk, seed, ...(forEtcd === undefined ? [] : [forEtcd])];
    const domain = new libvirt.Domain(
      nodeResource.domain(node.name),
      {
        name: guest.domain,
        type: guest.domainType,
        vcpu: guest.cpus,
        memory: guest.memoryMiB,
        ...(guest.cpuMode === undefined ? {} : { cpu: { mode: guest.cpuMode } }),
        disks: disks.map(({ id }) => ({ volumeId: id })),
        networkInterfaces: [
          {
            ...(ownNetwork === undefined
              ? { bridge: hypervisor.bridge }
              : { networkId: ownNetwork.id }),
            mac: guest.mac,
          },
        ],
        consoles: [{ type: "pty", targetType: "serial", targetPort: "0" }],
        // By default the provider gives each guest a Spice server on a TCP port, which not every
        // QEMU has.
        graphics: { type: "vnc", listenType: "socket" },
        xml: { xslt: domainXslt(hypervisor.poolPath, forEtcd && etcdVolumeName(node)) },
        autostart: true,
        running: true,
      },
      // A guest reads its seed at boot, and its network card stays on the bridge that it started
      // with. A replaced guest boots from the existing disk, unless the disk is replaced too. Not
      // replaceWith: the engine would delete the guest before the resources that depend on it, so
      // its node would not be drained; and if the provider would update the guest in place, the
      // steps' deletes would run after its boot and remove etcd's data.
      { ...options, replaceOnChanges: ["disks", "networkInterfaces"] },
    );
    return {
      name: node.name,
      address: node.address,
      port: 22,
      user: guestUser,
      privateKey: pulumi.secret(userKey.privateKeyOpenssh),
      hostKey: hostKey.publicKeyOpenssh.apply((key) => key.trim()),
      dialErrorLimit,
      identity: domain.id,
      lifetime: domain,
    };
  }
}
