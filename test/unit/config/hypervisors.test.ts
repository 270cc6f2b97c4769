import { describe, expect, test } from "vitest";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";
import { manyHostsCluster } from "../../../harness/program/labs.ts";
import { describeProblems } from "./describeProblems.ts";
import { linesOf } from "./labErrors.ts";
import { surroundings } from "./surroundings.ts";

test("the lab of many hosts breaks no rule", () => {
  expect(clusterProblems(manyHostsCluster)).toEqual([]);
});

/** The lab with many hypervisors, changed by a row. */
const many = (own: string) => `!
  network: {bridge: br0}
  mirrorAddress: 10.17.0.2
  machines: {hypervisors: {a: {libvirt: "qemu+ssh://root@a/system"}, b: {libvirt: "qemu+ssh://root@b/system"}}}
  ${own}`;
const cp = "cp: {roles: [control-plane], address: 10.17.0.11, hypervisor: a}";

describeProblems("where machines are made", [
  {
    title: "several hypervisors without a bridge",
    yaml: `!
      machines: {hypervisors: {a: {libvirt: "qemu+ssh://root@a/system"}, b: {libvirt: "qemu+ssh://root@b/system"}}}
      nodes: {${cp}}`,
    problems: [
      "network.bridge: machines of a and b would be in separate networks and not reach each other; write the bridge on these hypervisors that is connected to network.nodes, like br0",
    ],
  },
  {
    title: "one hypervisor by name that is this machine needs no bridge, and is every node's",
    yaml: `!
      machines: {hypervisors: {here: {libvirt: "qemu:///system"}}}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11}}`,
    problems: [],
  },
  {
    title: "one on another host, by name and without one",
    yaml: `!
      machines: {hypervisors: {a: {libvirt: "qemu+ssh://root@a/system"}}}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11}}`,
    problems: [
      "network.bridge: VMs at qemu+ssh://root@a/system would be behind NAT there and unreachable from this machine; write the bridge on that hypervisor that is connected to network.nodes, like br0",
    ],
  },
  {
    title: "another host's libvirt by TLS",
    yaml: `machines: {libvirt: "qemu://big/system"}`,
    problems: [
      "network.bridge: VMs at qemu://big/system would be behind NAT there and unreachable from this machine; write the bridge on that hypervisor that is connected to network.nodes, like br0",
    ],
  },
  {
    title: "a hypervisor's own bridge alone",
    yaml: `!
      machines: {hypervisors: {a: {libvirt: "qemu+ssh://root@a/system", bridge: br0}}}
      nodes: {${cp}}`,
    problems: [
      "machines.hypervisors.a.bridge: overrides network.bridge, which is not set; set that too",
    ],
  },
  {
    title: "said twice, and one host under two names",
    yaml: `!
      network: {bridge: br0}
      mirrorAddress: 10.17.0.2
      machines: {libvirt: "qemu:///system", hypervisors: {a: {libvirt: "qemu+ssh://root@a/system"}, B: {libvirt: "qemu+ssh://root@a/system"}}}
      nodes: {${cp}}`,
    problems: [
      "machines.libvirt: conflicts with machines.hypervisors; remove one of the two",
      "machines.hypervisors.B: the name \"B\" must be at most 52 lower-case letters, digits and '-', with a letter or digit at both ends; try b",
      "machines.hypervisors.B.libvirt: qemu+ssh://root@a/system is also the URI of a, and their disks would have the same names; remove one of the two",
    ],
  },
  {
    title: "none at all",
    yaml: `machines: {hypervisors: {}}`,
    problems: [
      "machines.hypervisors: is empty; add a hypervisor, or remove it to run the VMs at qemu:///system",
    ],
  },
  {
    title: "a list of them",
    yaml: `machines: {hypervisors: [a, b]}`,
    problems: ['machines.hypervisors: expected a mapping of names to hypervisors, got ["a","b"]'],
  },
  {
    title: "a hypervisor in one word, one without its URI, with a key of another kind",
    yaml: `!
      network: {bridge: br0}
      mirrorAddress: 10.17.0.2
      machines: {hypervisors: {a: "qemu+ssh://root@a/system", b: {uri: "qemu+ssh://root@b/system"}, c: {libvirt: "qemu+ssh://root@c/system", cpus: 2, bridge: a-name-too-long-for-linux}}}
      nodes: {${cp}}`,
    problems: [
      'machines.hypervisors.a: expected a mapping with libvirt, and maybe domainType, pool, bridge, got "qemu+ssh://root@a/system"',
      "machines.hypervisors.b.libvirt: expected a libvirt URI like qemu:///system or qemu+ssh://user@host/system, got nothing",
      "machines.hypervisors.b.uri: unknown key; did you mean libvirt?",
      'machines.hypervisors.c.bridge: expected the name of a bridge like br0, got "a-name-too-long-for-linux"',
      "machines.hypervisors.c.cpus: unknown key; did you mean machines.cpus?",
    ],
  },
  {
    title: "nothing says where, or something that is not there",
    yaml: many(`nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, x: {roles: [worker], address: 10.17.0.12, hypervisor: c}}
  pools: {w: {count: 2, roles: [worker], firstAddress: 10.17.0.21}, v: {count: 2, roles: [worker], firstAddress: 10.17.0.31, hypervisors: [a, bb]}, none: {count: 0, roles: [worker], firstAddress: 10.17.0.41}}`),
    problems: [
      "nodes.cp.hypervisor: required, because there are several hypervisors (a, b); write one, like a",
      "nodes.x.hypervisor: c is not one of machines.hypervisors a, b",
      "pools.w.hypervisors: required, because there are several hypervisors (a, b); write one or several, like [a, b]",
      "pools.v.hypervisors[1]: bb is not one of machines.hypervisors a, b",
    ],
  },
  {
    title: "the word for a node at a pool, the word for a pool at a node, one name without a list",
    yaml: many(`nodes: {cp: {roles: [control-plane], address: 10.17.0.11, hypervisors: [a]}}
  pools: {w: {count: 2, roles: [worker], firstAddress: 10.17.0.21, hypervisors: a}, v: {count: 2, roles: [worker], firstAddress: 10.17.0.31, hypervisor: a}}`),
    problems: [
      "nodes.cp.hypervisors: unknown key; did you mean hypervisor?",
      'pools.w.hypervisors: expected a list of names of machines.hypervisors, got "a"; write [a]',
      "pools.v.hypervisor: unknown key; did you mean hypervisors?",
      "nodes.cp.hypervisor: required, because there are several hypervisors (a, b); write one, like a",
      "pools.v.hypervisors: required, because there are several hypervisors (a, b); write one or several, like [a, b]",
    ],
  },
  {
    title: "a hypervisor where there are none, and for a machine that exists already",
    yaml: `
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11, hypervisor: a}
        old: {roles: [worker], address: 10.17.0.12, hypervisor: a, host: {keyFile: /id, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S}}
    `,
    problems: [
      "nodes.cp.hypervisor: a is unknown, because machines.hypervisors is not set; add it there, or remove this",
      "nodes.old.hypervisor: an existing machine has no hypervisor; remove it",
    ],
  },
]);

describeProblems("an existing bridge", [
  {
    title: "without a mirror's address",
    yaml: `network: {bridge: br0}`,
    problems: [
      "mirrorAddress: required with network.bridge, because your router does not serve the mirror; write the address at which nodes reach the workstation",
    ],
  },
  {
    title: "a gateway without a bridge",
    yaml: `network: {gateway: 10.17.0.254}`,
    problems: [
      "network.gateway: 10.17.0.254 cannot be set without network.bridge: the gateway is the first address of network.nodes; remove it",
    ],
  },
  {
    title: "a gateway of another network, the network's own address",
    yaml: `
      network: {bridge: br0, gateway: 10.18.0.1}
      mirrorAddress: 10.17.0.2
    `,
    problems: [
      "network.gateway: 10.18.0.1 is not a host address in network.nodes 10.17.0.0/24; choose one of it",
    ],
  },
  {
    title: "nodes and the API at the gateway's address, and one at the first, which is free",
    yaml: `
      network: {bridge: br0, gateway: 10.17.0.25}
      mirrorAddress: 10.17.0.2
      api: {address: 10.17.0.25}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.1}, lb: {roles: [load-balancer], address: 10.17.0.25}}
      pools: {w: {count: 9, roles: [worker], firstAddress: 10.17.0.20}}
    `,
    problems: [
      "api.address: 10.17.0.25 is reserved in network.nodes 10.17.0.0/24; choose another",
      "nodes.lb.address: 10.17.0.25 is the gateway of network.nodes 10.17.0.0/24; nodes may have 10.17.0.1 to 10.17.0.254",
      "pools.w.firstAddress: 10.17.0.20 to 10.17.0.28 would include network.gateway 10.17.0.25; start after it, or reduce count",
      "pools.w.firstAddress: 10.17.0.20 to 10.17.0.28 share 10.17.0.25: nodes.lb has it already; each node needs a different address",
    ],
  },
  {
    title: "names that no bridge has",
    yaml: `
      network: {bridge: "br 0"}
      mirrorAddress: gateway
    `,
    problems: [
      'network.bridge: expected the name of a bridge like br0, got "br 0"',
      'mirrorAddress: expected an IPv4 address like 10.17.0.11, got "gateway"',
    ],
  },
]);

/** A lab at this libvirt, whose machines are on a bridge there. */
const at = (uri: string) => `
  network: {bridge: br0}
  mirrorAddress: 10.17.0.2
  machines: {libvirt: "${uri}"}`;

describeProblems("a libvirt by SSH", [
  {
    title: "with all that a URI may say",
    yaml: at(
      "qemu+ssh://root@[2001:db8::5]:2222/system?keyfile=~/.ssh/lab&socket=/run/sock&netcat=ncat&proxy=netcat",
    ),
    problems: [],
  },
  {
    title: "no login",
    yaml: at("qemu+ssh://rack-1:2222/system"),
    problems: [
      "machines.libvirt: has no user, and the provider does not read one from ~/.ssh/config; write qemu+ssh://root@rack-1:2222/system, for example",
    ],
  },
  {
    title: "nowhere",
    yaml: at("qemu+ssh:///system"),
    problems: [
      "machines.libvirt: has no host name; write qemu+ssh://user@host/system, or qemu:///system for this machine",
    ],
  },
  {
    title: "with a password",
    yaml: at("qemu+ssh://root:secret@rack-1/system"),
    problems: [
      "machines.libvirt: contains a password, which ssh does not read from a URI; log in with a key, and remove it",
    ],
  },
  {
    title: "by a transport that only virsh has",
    yaml: at("qemu+libssh2://root@rack-1/system?known_hosts=/root/.ssh/known_hosts"),
    problems: [
      "machines.libvirt: qemu+libssh2 is supported by virsh only, Pulumi's libvirt provider supports ssh, tcp, tls, unix; write qemu+ssh://user@host/system",
    ],
  },
  {
    title: "with what only one of the two knows, or both differently",
    yaml: at(
      "qemu+ssh://root@rack-1/system?no_verify=1&knownhosts=/k&command=/opt/ssh&sshauth=agent&keyfle=/id&keyfile=id_lab",
    ),
    problems: [
      "machines.libvirt: no_verify: host key checks cannot be changed in the URI; remove it, and add the host's key to ~/.ssh/known_hosts",
      "machines.libvirt: knownhosts: host key checks cannot be changed in the URI; remove it, and add the host's key to ~/.ssh/known_hosts",
      "machines.libvirt: command does not have the same meaning for virsh and the provider; remove it; known parameters: keyfile, socket, netcat, proxy",
      "machines.libvirt: sshauth does not have the same meaning for virsh and the provider; remove it; known parameters: keyfile, socket, netcat, proxy",
      "machines.libvirt: keyfle does not have the same meaning for virsh and the provider; did you mean keyfile?",
      "machines.libvirt: keyfile id_lab is resolved differently by virsh and the provider; write an absolute path",
    ],
  },
]);

describe("the domain type of each", () => {
  const { hypervisors } = manyHostsCluster.machines;
  test("auto looks at this machine only, and says so once for all that have it from machines", () => {
    const cluster = {
      ...manyHostsCluster,
      machines: {
        hypervisors: {
          ...hypervisors,
          "rack-2": { ...hypervisors["rack-2"], domainType: "auto" },
          "rack-3": { libvirt: "qemu+ssh://root@rack-3/system" },
          here: { libvirt: "qemu:///system" },
        },
      },
    };
    expect(linesOf(cluster, surroundings())).toEqual([
      "machines.domainType: auto checks this machine, but qemu+ssh://root@rack-1/system is another hypervisor; write kvm, or qemu if it has no KVM",
      "machines.hypervisors.rack-2.domainType: auto checks this machine, but qemu+ssh://root@rack-2/system is another hypervisor; write kvm, or qemu if it has no KVM",
    ]);
  });
});
