import { describe, expect, test } from "vitest";
import { problemText } from "../../../config/messages/problem.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { planOf } from "../../../harness/program/labs.ts";
import { Ipv4Network } from "../../../model/addresses.ts";
import { macOf } from "../../../model/names.ts";
import {
  type HostFacts,
  type HostRoute,
  hostProblems,
  type LibvirtFacts,
} from "../../../plan/hypervisorProblems.ts";
import { hostWarnings } from "../../../plan/hypervisorWarnings.ts";
import { hostKey, privateKey, surroundings } from "./surroundings.ts";

const lab = labFrom(
  {
    nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } },
    pools: {
      worker: { count: 2, roles: ["worker"], firstAddress: "10.17.0.21", memoryMiB: 1536 },
    },
  },
  surroundings(),
);
const names = planOf(lab).libvirt;
const [hypervisor = { uri: "", domainType: "qemu", pool: "" }] = lab.machines.hypervisors;

const roomy: LibvirtFacts = {
  freeMemoryMiB: 16_384,
  networks: [{ name: "default", isActive: true, cidrs: [Ipv4Network.parse("192.168.122.0/24")] }],
  domains: [{ name: "somebody-else", macs: ["52:54:00:80:00:11"] }],
};

function linesOf(libvirt: Partial<LibvirtFacts>, facts: Partial<HostFacts> = {}): string[] {
  const host = { libvirt: { ...roomy, ...libvirt }, poolFreeGiB: 100, routes: [], ...facts };
  return hostProblems(lab, hypervisor, host).map(({ path, message }) => `${path}: ${message}`);
}

function warningsOf(libvirt: Partial<LibvirtFacts>, facts: Partial<HostFacts> = {}): string[] {
  const host = { libvirt: { ...roomy, ...libvirt }, poolFreeGiB: 100, routes: [], ...facts };
  return [...hostWarnings(lab, hypervisor, host)].map(problemText);
}

test("a host with room for everything", () => {
  const routes = [{ cidr: Ipv4Network.parse("192.168.122.0/24"), device: "virbr0" }];
  expect(linesOf({}, { routes })).toEqual([]);
});

test("everything at once", { meta: { rows: ["S0-08"] } }, () => {
  expect(
    linesOf(
      {
        freeMemoryMiB: 4096,
        networks: [{ name: "other", isActive: true, cidrs: [Ipv4Network.parse("10.17.0.0/16")] }],
        domains: [{ name: "dev-cp", macs: ["52:54:00:80:00:11"] }],
      },
      { poolFreeGiB: 1.25 },
    ),
  ).toEqual([
    "nodes.cp: libvirt has a domain dev-cp that this lab did not create; rename the node or the stack, or remove it with virsh undefine dev-cp",
    'network.nodes: 10.17.0.0/24 is already used by libvirt network "other" (10.17.0.0/16); choose another network, and node addresses of it',
    "machines.pool: /var/lib/libvirt/hardway has 1.3 GiB free, and 2 new machines need about 4 GiB at first; free some, or name a directory with more space",
  ]);
});

test("memory that is not there", () => {
  expect(linesOf({ freeMemoryMiB: 4096 })).toEqual([
    "pools.worker.memoryMiB: 3 new machines ask for 5120 MiB (pools.worker.memoryMiB: 2 × 1536, machines.memoryMiB: 1 × 2048), and the hypervisor has 4096 MiB free; give them less, remove some, or free memory",
  ]);
});

test("a lab that runs already needs nothing more, and its own network is no other's", () => {
  const own = { name: names.network, isActive: true, cidrs: [Ipv4Network.parse("10.17.0.0/24")] };
  const domains = ["cp", "worker-1", "worker-2"].map((node) => ({
    name: `dev-${node}`,
    macs: [macOf("dev", node)],
  }));
  const routes = [{ cidr: Ipv4Network.parse("10.17.0.0/24"), device: names.bridge }];
  expect(
    linesOf({ freeMemoryMiB: 0, networks: [own], domains }, { poolFreeGiB: 0, routes }),
  ).toEqual([]);
});

test("a machine is this lab's on any network: another bridge recreates it", () => {
  const bridged = hostProblems(
    lab,
    { ...hypervisor, bridge: "br0" },
    {
      libvirt: { ...roomy, domains: [{ name: "dev-cp", macs: [macOf("dev", "cp")] }] },
      routes: [],
    },
  );
  expect(bridged).toEqual([]);
});

test("a network of this machine's own", () => {
  const routes = [
    { cidr: Ipv4Network.parse("10.16.0.0/15"), device: "eth0" },
    { cidr: Ipv4Network.parse("172.17.0.0/16"), device: "docker0" },
  ];
  expect(linesOf({}, { routes })).toEqual([
    "network.nodes: 10.17.0.0/24 is already used by this machine's own network 10.16.0.0/15 on eth0; choose another network, and node addresses of it",
  ]);
});

describe("a network behind a gateway", () => {
  const route = (cidr: string, more: Partial<HostRoute> = { via: "10.8.0.1", device: "tun0" }) => [
    { cidr: Ipv4Network.parse(cidr), ...more },
  ];

  test.each(["10.17.0.0/24", "10.17.0.128/25", "10.17.0.11/32"])(
    "takes addresses of the machines: %s",
    (cidr) => {
      expect(linesOf({}, { routes: route(cidr) })).toEqual([
        `network.nodes: 10.17.0.0/24 is already used by the network ${cidr} behind 10.8.0.1 on tun0; choose another network, and node addresses of it`,
      ]);
      expect(warningsOf({}, { routes: route(cidr) })).toEqual([]);
    },
  );

  test("that is larger works with the lab, which hides a part of it", () => {
    expect(linesOf({}, { routes: route("10.16.0.0/15") })).toEqual([]);
    expect(warningsOf({}, { routes: route("10.16.0.0/15") })).toEqual([
      "network.nodes: 10.17.0.0/24 is a part of the network 10.16.0.0/15 behind 10.8.0.1 on tun0: this machine cannot reach that part while the lab runs; choose another network if you need it",
    ]);
  });

  test.each([
    ["network.pods: 10.200.0.0/16", "10.200.7.0/24"],
    ["network.services: 10.32.0.0/16", "10.32.0.0/12"],
  ])("that has addresses of %s cannot be reached from pods", (place, cidr) => {
    expect(linesOf({}, { routes: route(cidr) })).toEqual([]);
    expect(warningsOf({}, { routes: route(cidr) })).toEqual([
      `${place} overlaps the network ${cidr} behind 10.8.0.1 on tun0: nodes and pods cannot reach these addresses there; choose another network if they need them`,
    ]);
    expect(warningsOf({}, { routes: route(cidr, { device: "eth0" }) })[0]).toContain(
      `this machine's own network ${cidr} on eth0`,
    );
  });

  test("is the lab's own if it is behind the lab's bridge", () => {
    const routes = route("10.200.21.0/24", { via: "10.17.0.21", device: names.bridge });
    expect(warningsOf({}, { routes })).toEqual([]);
  });

  test("that leads nowhere takes addresses too, but hides none", () => {
    const deadEnd = { deadEnd: "blackhole" };
    expect(linesOf({}, { routes: route("10.17.0.0/24", deadEnd) })[0]).toContain(
      "is already used by this machine's blackhole route of 10.17.0.0/24",
    );
    for (const cidr of ["10.0.0.0/8", "10.200.0.0/16"]) {
      expect(linesOf({}, { routes: route(cidr, deadEnd) })).toEqual([]);
      expect(warningsOf({}, { routes: route(cidr, deadEnd) })).toEqual([]);
    }
  });
});

test("an inactive libvirt network with the lab's addresses is a warning", () => {
  const networks = [
    { name: "idle", isActive: false, cidrs: [Ipv4Network.parse("10.17.0.0/24")] },
    { name: "far", isActive: false, cidrs: [Ipv4Network.parse("10.18.0.0/24")] },
    { name: names.network, isActive: false, cidrs: [Ipv4Network.parse("10.17.0.0/24")] },
  ];
  expect(linesOf({ networks })).toEqual([]);
  expect(warningsOf({ networks })).toEqual([
    'network.nodes: the libvirt network "idle" (10.17.0.0/24) has the same addresses and is inactive; whichever of the two starts second fails; choose another network, or remove that one with virsh net-undefine',
  ]);
  // The route is not the inactive network's.
  const routes = [{ cidr: Ipv4Network.parse("10.17.0.0/24"), device: "docker0" }];
  expect(linesOf({ networks }, { routes })).toEqual([
    expect.stringContaining("this machine's own network 10.17.0.0/24 on docker0"),
  ]);
});

test("a pool that cannot be a directory", () => {
  expect(
    linesOf({}, { poolFreeGiB: undefined, poolFault: "/dev/null is not a directory" }),
  ).toEqual([
    "machines.pool: /var/lib/libvirt/hardway cannot hold disks: /dev/null is not a directory; name a directory that can be made and written to",
  ]);
});

test("a pool that is nearly full, with machines that exist", () => {
  const domains = [{ name: "dev-cp", macs: [macOf("dev", "cp")] }];
  expect(warningsOf({ domains }, { poolFreeGiB: 0.4 })).toEqual([
    "machines.pool: /var/lib/libvirt/hardway has 0.4 GiB free; libvirt pauses machines whose disks cannot grow; free some space",
  ]);
  expect(warningsOf({}, { poolFreeGiB: 0.4 })).toEqual([]);
});

test.each([
  ["Failed to connect socket: Permission denied", "join the group libvirt and log in again"],
  ["Failed to connect socket: No such file or directory", "start libvirtd, or fix the URI"],
])("libvirt does not answer: %s", (unreachable, remedy) => {
  const problems = hostProblems(lab, hypervisor, { libvirt: { unreachable }, routes: [] });
  expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    `machines.libvirt: qemu:///system does not respond (${unreachable}); ${remedy}`,
  ]);
});

/** The messages of virsh 9.0 and OpenSSH 9.2, and the remedies. */
test.each([
  [
    "a host key that is not known",
    "qemu+ssh://root@rack-2/system",
    "error: failed to connect to the hypervisor\nerror: Cannot recv data: Host key verification failed.: Connection reset by peer",
    "Cannot recv data: Host key verification failed.: Connection reset by peer",
    "rack-2 is not in ~/.ssh/known_hosts; add its host key; copy it from /etc/ssh/ssh_host_ed25519_key.pub on rack-2 itself",
  ],
  [
    "another host key than the known one",
    "qemu+ssh://root@rack-2:2222/system",
    "error: failed to connect to the hypervisor\nerror: Cannot recv data: @@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@\nHost key verification failed.: Connection reset by peer",
    "Host key verification failed.: Connection reset by peer",
    "its host key differs from the one in ~/.ssh/known_hosts. If rack-2 was reinstalled, remove the old key with ssh-keygen -R '[rack-2]:2222', then add the new one; copy it from /etc/ssh/ssh_host_ed25519_key.pub on rack-2 itself. If it was not, another machine may be impersonating it",
  ],
  [
    "the login is refused",
    "qemu+ssh://ada@rack-2/system",
    "error: Cannot recv data: ada@rack-2: Permission denied (publickey,password).: Connection reset by peer",
    "Cannot recv data: ada@rack-2: Permission denied (publickey,password).: Connection reset by peer",
    "allow ada to log in there with a key in your SSH agent, or one without a passphrase",
  ],
  [
    "who is let in may not use libvirt",
    "qemu+ssh://ada@rack-2/system",
    "error: End of file while reading data: virt-ssh-helper: cannot connect to '/run/libvirt/libvirt-sock': Failed to connect socket to '/run/libvirt/libvirt-sock': Permission denied: Input/output error",
    "End of file while reading data: virt-ssh-helper: cannot connect to '/run/libvirt/libvirt-sock': Failed to connect socket to '/run/libvirt/libvirt-sock': Permission denied: Input/output error",
    "add ada to the group libvirt there",
  ],
  [
    "no libvirt there",
    "qemu+ssh://root@[2001:db8::5]/system",
    "error: End of file while reading data: sh: 1: nc: not found: Input/output error",
    "End of file while reading data: sh: 1: nc: not found: Input/output error",
    "install libvirt on 2001:db8::5 and start it",
  ],
  [
    "no such host",
    "qemu+ssh://root@rack-2:2222/system",
    "error: Cannot recv data: ssh: Could not resolve hostname rack-2: Name or service not known: Connection reset by peer",
    "Cannot recv data: ssh: Could not resolve hostname rack-2: Name or service not known: Connection reset by peer",
    "see what ssh -p 2222 root@rack-2 says",
  ],
])("libvirt by SSH does not answer: %s", (_, uri, unreachable, why, remedy) => {
  const problems = hostProblems(
    lab,
    { ...hypervisor, uri },
    { libvirt: { unreachable }, routes: [] },
  );
  expect(problems.map(({ message }) => message)).toEqual([
    `${uri} does not respond (${why}); ${remedy}`,
  ]);
});

test("a lab of existing hosts asks nothing of libvirt", () => {
  const host = { keyFile: "/id", hostKey };
  const nodes = { cp: { roles: ["control-plane"], address: "10.17.0.11", host } };
  const existing = labFrom({ nodes }, surroundings({}, { "/id": privateKey }));
  expect(
    hostProblems(existing, hypervisor, { libvirt: { unreachable: "no" }, routes: [] }),
  ).toEqual([]);
});

describe("several hypervisors with a bridge each", () => {
  const many = labFrom(
    {
      network: { bridge: "br0" },
      mirrorAddress: "10.17.0.2",
      machines: {
        domainType: "kvm",
        hypervisors: {
          "rack-1": { libvirt: "qemu+ssh://root@rack-1/system" },
          "rack-2": { libvirt: "qemu+ssh://root@rack-2/system", bridge: "br-lab" },
        },
      },
      nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11", hypervisor: "rack-1" } },
      pools: {
        worker: {
          count: 3,
          roles: ["worker"],
          firstAddress: "10.17.0.21",
          hypervisors: ["rack-1", "rack-2"],
        },
      },
    },
    surroundings(),
  );
  const linesAt = (name: string, facts: LibvirtFacts) =>
    many.machines.hypervisors
      .filter((one) => one.name === name)
      .flatMap((one) => hostProblems(many, one, { libvirt: facts, routes: [] }))
      .map(({ path, message }) => `${path}: ${message}`);
  const cards = ["net_lo_00_00_00_00_00_00", "net_br_lab_02_00_5e_10_00_01"];

  test("missing space is reported for each hypervisor, and only for its own machines", () => {
    const facts: LibvirtFacts = {
      networks: [],
      domains: [{ name: "dev-worker-2", macs: ["52:54:00:80:00:11"] }],
      freeMemoryMiB: 1024,
      offersKvm: false,
      cards: ["net_lo_00_00_00_00_00_00", "net_br0_nic_02_00_5e_10_00_01"],
    };
    expect(linesAt("rack-1", facts)).toEqual([
      "machines.hypervisors.rack-1.bridge: br0 does not exist at qemu+ssh://root@rack-1/system; create it there, with a network card that reaches network.nodes, or name an existing bridge",
      "machines.hypervisors.rack-1.domainType: kvm is set, but qemu+ssh://root@rack-1/system offers none; write qemu (slow), or let libvirt there use /dev/kvm",
      "machines.memoryMiB: 3 new machines ask for 6144 MiB, and rack-1 has 1024 MiB free; give them less, remove some, or free memory",
    ]);
    expect(linesAt("rack-2", { ...facts, cards })).toEqual([
      "pools.worker[1]: libvirt has a domain dev-worker-2 that this lab did not create; rename the node or the stack, or remove it with virsh undefine dev-worker-2",
      "machines.hypervisors.rack-2.domainType: kvm is set, but qemu+ssh://root@rack-2/system offers none; write qemu (slow), or let libvirt there use /dev/kvm",
    ]);
  });

  test("a bridge that libvirt has no word for is taken to be there", () => {
    const domains = [{ name: "dev-worker-2", macs: [macOf("dev", "worker-2")] }];
    const facts = { networks: [], domains, freeMemoryMiB: 8192, offersKvm: true };
    expect(linesAt("rack-1", facts)).toEqual([]);
    expect(linesAt("rack-2", { ...facts, cards })).toEqual([]);
  });

  test("one that does not answer", () => {
    const [, second] = many.machines.hypervisors;
    const facts = { libvirt: { unreachable: "no route to host" }, routes: [] };
    expect(second && hostProblems(many, second, facts).map(({ path }) => path)).toEqual([
      "machines.hypervisors.rack-2.libvirt",
    ]);
  });
});
