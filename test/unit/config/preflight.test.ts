import { expect, test } from "vitest";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { Ipv4Network } from "../../../model/addresses.ts";
import type { Hypervisor } from "../../../model/lab.ts";
import { hostFacts, networksInXml } from "../../../tools/place/preflight.ts";
import { surroundings } from "./surroundings.ts";

const nodes = { cp: { roles: ["control-plane"], address: "10.17.0.11" } };
const lab = labFrom({ nodes }, surroundings());
const none: Hypervisor = { uri: "", domainType: "qemu", pool: "" };
const [here = none] = lab.machines.hypervisors;

const networkXml = `<network>
  <name>default</name>
  <bridge name='virbr0' stp='on' delay='0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp>
  </ip>
  <ip family='ipv6' address='fd00::1' prefix='64'/>
</network>`;

/** The output of virsh 9.0, iproute2 6.1 and coreutils 9.1. */
const said: Record<string, string> = {
  nodememstats:
    "total  :              24619272 KiB\nfree   :              10485760 KiB\nbuffers:                 1024 KiB\ncached :                 2048 KiB\n",
  "net-list --all --name": "default\nidle\n\n",
  "net-list --name": "default\n\n",
  "net-dumpxml idle": "<ip address='10.17.0.1' netmask='255.255.255.0'/>",
  "net-dumpxml default": networkXml,
  "list --all --name": "dev-cp\nwith a space\n\n",
  "domiflist dev-cp": " vnet0   network   default   virtio   52:54:00:80:00:11\n\n",
  "ip -4 -oneline route show table all":
    "default via 10.0.0.1 dev eth0 \n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.2 \n192.168.122.0/24 dev virbr0 proto kernel scope link src 192.168.122.1 linkdown \nlocal 10.0.0.2 dev eth0 table local proto kernel scope host src 10.0.0.2 \n",
  "stat --dereference --format=%f /var/lib": "41ed\n",
  "df --block-size=1 --output=avail /var/lib": "      Avail\n 5368709120\n",
};

function runner(answers: Readonly<Record<string, string>>) {
  return (argv: readonly string[]) => {
    const words = argv[0] === "virsh" ? argv.slice(4) : argv;
    const stdout = answers[words.join(" ")];
    return Promise.resolve(
      stdout === undefined
        ? { exitCode: 1, stdout: "", stderr: "error: it is\nerror: not there\n", failure: "exit 1" }
        : { exitCode: 0, stdout, stderr: "", failure: "" },
    );
  };
}

test("the facts of a host", async () => {
  expect(await hostFacts(lab, here, runner(said))).toEqual({
    libvirt: {
      freeMemoryMiB: 10_243,
      networks: [
        { name: "default", isActive: true, cidrs: [Ipv4Network.parse("192.168.122.0/24")] },
        { name: "idle", isActive: false, cidrs: [Ipv4Network.parse("10.17.0.0/24")] },
      ],
      domains: [{ name: "dev-cp", macs: ["52:54:00:80:00:11"] }],
    },
    routes: [
      { cidr: Ipv4Network.parse("10.0.0.0/24"), device: "eth0" },
      { cidr: Ipv4Network.parse("192.168.122.0/24"), device: "virbr0" },
    ],
    // For /var/lib, the nearest existing directory.
    poolFreeGiB: 5,
  });
});

test("libvirt that does not answer says why itself", async () => {
  expect(await hostFacts(lab, here, runner({}))).toEqual({
    libvirt: { unreachable: "error: it is\nerror: not there" },
    routes: [],
  });
});

test("of another host nothing is read here", async () => {
  const machines = { libvirt: "qemu+ssh://root@big/system", domainType: "kvm" };
  const bridged = { network: { bridge: "br0" }, mirrorAddress: "10.17.0.2" };
  const remote = labFrom({ nodes, machines, ...bridged }, surroundings());
  const facts = await hostFacts(remote, remote.machines.hypervisors[0] ?? none, runner(said));
  expect(facts.routes).toEqual([]);
  expect(facts.poolFreeGiB).toBeUndefined();
  // Only libvirt there can report whether KVM works.
  expect(facts.libvirt).toMatchObject({ offersKvm: false });
  const offering = runner({ ...said, "domcapabilities --virttype kvm": "<domainCapabilities/>" });
  const better = await hostFacts(remote, remote.machines.hypervisors[0] ?? none, offering);
  expect(better.libvirt).toMatchObject({ offersKvm: true });
});

test("of a hypervisor with a bridge: its network cards, and no libvirt network", async () => {
  const bridged: Hypervisor = { ...here, bridge: "br0" };
  const cards = "net_br0_02_00_5e_10_00_01\nnet_lo_00_00_00_00_00_00\n\n";
  const answers = { ...said, "nodedev-list --cap net": cards };
  expect((await hostFacts(lab, bridged, runner(answers))).libvirt).toMatchObject({
    networks: [],
    cards: ["net_br0_02_00_5e_10_00_01", "net_lo_00_00_00_00_00_00"],
  });
  expect((await hostFacts(lab, bridged, runner(said))).libvirt).not.toHaveProperty("cards");
});

test.each([
  ["<ip address='10.17.0.1' prefix='24'/>", ["10.17.0.0/24"]],
  ['<ip address="10.17.3.1" netmask="255.255.252.0">', ["10.17.0.0/22"]],
  ["<ip address='10.17.0.1'/>", ["10.17.0.1/32"]],
  ["<network/>", []],
])("networks in %s", (xml, expected) => {
  expect(networksInXml(xml).map(String)).toEqual(expected);
});
