import { describeProblems } from "./describeProblems.ts";

describeProblems("machines, hosts, certificates", [
  {
    title: "image misspelt",
    yaml: `machines: {image: debain-12}`,
    problems: [
      'machines.image: expected one of debian-12, debian-13, ubuntu-24.04, fedora-44, centos-stream-10 or a mapping with url and sha256, got "debain-12"; did you mean debian-12?',
    ],
  },
  {
    title: "an image of no distribution's",
    yaml: `machines: {image: 7}`,
    problems: [
      "machines.image: expected one of debian-12, debian-13, ubuntu-24.04, fedora-44, centos-stream-10 or a mapping with url and sha256, got 7",
    ],
  },
  {
    title: "own image without its parts, with others",
    yaml: `machines: {image: {sha: abc}}`,
    problems: [
      "machines.image.url: expected an https:// or http:// URL or an absolute path, got nothing",
      "machines.image.sha256: expected 64 lower-case hex digits, as sha256sum prints them, got nothing",
      "machines.image.sha: unknown key; known here: url, sha256, cpuLevel",
    ],
  },
  {
    title: "own image with a wrong hash and a wrong place",
    yaml: `machines: {image: {url: images/debian.qcow2, sha256: d41d8cd98f00b204e9800998ecf8427e}}`,
    problems: [
      'machines.image.url: expected an https:// or http:// URL or an absolute path, got "images/debian.qcow2"',
      'machines.image.sha256: expected 64 lower-case hex digits, as sha256sum prints them, got "d41d8cd98f00b204e9800998ecf8427e"',
    ],
  },
  {
    title: "custom image for an unsupported architecture",
    yaml: `machines: {image: {url: /srv/own.qcow2, sha256: ${"ab".repeat(32)}, cpuLevel: x86-64-v9}}`,
    problems: [
      'machines.image.cpuLevel: expected one of x86-64-v1, x86-64-v2, x86-64-v3, got "x86-64-v9"; did you mean x86-64-v1?',
    ],
  },
  {
    title: "a hash in capitals",
    yaml: `machines: {image: {url: /srv/debian.qcow2, sha256: E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855}}`,
    problems: [
      'machines.image.sha256: expected 64 lower-case hex digits, as sha256sum prints them, got "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B"…',
    ],
  },
  {
    title: "libvirt of a user's session, another hypervisor, a path",
    yaml: `machines: {libvirt: "qemu:///session"}`,
    problems: [
      'machines.libvirt: expected a libvirt URI like qemu:///system or qemu+ssh://user@host/system, got "qemu:///session"',
    ],
  },
  {
    title: "another hypervisor",
    yaml: `machines: {libvirt: "xen:///system"}`,
    problems: [
      'machines.libvirt: expected a libvirt URI like qemu:///system or qemu+ssh://user@host/system, got "xen:///system"',
    ],
  },
  {
    title: "domain type of another hypervisor",
    yaml: `machines: {domainType: kvmm}`,
    problems: [
      'machines.domainType: expected one of auto, kvm, qemu, got "kvmm"; did you mean kvm?',
    ],
  },
  {
    title: "domain type as a truth value",
    yaml: `machines: {domainType: true}`,
    problems: ["machines.domainType: expected one of auto, kvm, qemu, got true"],
  },
  {
    title: "pool that is no absolute path",
    yaml: `machines: {pool: disks}`,
    problems: [
      'machines.pool: expected an absolute path like /var/lib/libvirt/hardway, got "disks"',
    ],
  },
  {
    title: "pool that is the root",
    yaml: `machines: {pool: /}`,
    problems: ['machines.pool: expected an absolute path like /var/lib/libvirt/hardway, got "/"'],
  },
  {
    title: "pool that climbs",
    yaml: `machines: {pool: /var/lib/../../etc}`,
    problems: [
      'machines.pool: expected an absolute path like /var/lib/libvirt/hardway, got "/var/lib/../../etc"',
    ],
  },
  {
    title: "pool of a libvirt name",
    yaml: `machines: {pool: ""}`,
    problems: ['machines.pool: expected an absolute path like /var/lib/libvirt/hardway, got ""'],
  },
  {
    title: "names that no certificate can have",
    yaml: `api: {names: [api.example.org, "*.example.org", 10.0.0.1, "fd00::1", API.example.org, "https://api", "1.2.3", "", api.example.org]}`,
    problems: [
      'api.names[4]: expected a lower-case DNS name like api.example.org or an IP address, got "API.example.org"',
      'api.names[5]: expected a lower-case DNS name like api.example.org or an IP address, got "https://api"',
      'api.names[6]: expected a lower-case DNS name like api.example.org or an IP address, got "1.2.3"',
      'api.names[7]: expected a lower-case DNS name like api.example.org or an IP address, got ""',
    ],
  },
  {
    title: "names not in a list",
    yaml: `api: {names: api.example.org}`,
    problems: ['api.names: expected a list of names like [api.example.org], got "api.example.org"'],
  },
  {
    title: "certificates",
    yaml: `certificates: {authorityHours: 24, leafHours: 48, renewalHours: 48}`,
    problems: [
      "certificates.renewalHours: 48 is not less than leafHours 48, so each up would renew every certificate; lower it",
      "certificates.leafHours: 48 is more than authorityHours 24, but no certificate may outlive its CA; lower it",
    ],
  },
  {
    title: "certificates for ever",
    yaml: `certificates: {authorityHours: 10000000, leafHours: 1y, renewalHours: 0}`,
    problems: [
      "certificates.authorityHours: expected a whole number of hours from 24 to 876000, got 10000000",
      'certificates.leafHours: expected a whole number of hours from 2 to 87600, got "1y"',
      "certificates.renewalHours: expected a whole number of hours from 1 to 87600, got 0",
    ],
  },
  {
    title: "mirror's port",
    yaml: `mirrorPort: 70000`,
    problems: ["mirrorPort: expected a TCP port from 1 to 65535, got 70000"],
  },
  {
    title: "mirror's port is the name server's",
    yaml: `mirrorPort: 53`,
    problems: [
      "mirrorPort: 53 is the port of the gateway's name server; choose another, like 8473",
    ],
  },
  {
    title: "own keys",
    yaml: `ssh: {authorizedKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----\\nb3BlbnNzaC1rZXktdjEA", ~/.ssh/id_ed25519.pub, "ssh-ed25519 AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S", "ssh-dss AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S", "ssh-ed25519", 5]}`,
    problems: [
      "ssh.authorizedKeys[0]: expected a public SSH key like your ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…); this is a private key: remove it from the config, and create a new one if it may have been disclosed",
      'ssh.authorizedKeys[1]: expected a public SSH key like your ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…); its first word is "~/.ssh/id_ed25519.pub", not one of ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521, ssh-rsa, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com',
      "ssh.authorizedKeys[2]: expected a public SSH key like your ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…); its second word is truncated",
      'ssh.authorizedKeys[3]: expected a public SSH key like your ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…); its first word is ssh-rsa, but its content says "ssh-ed25519"',
      'ssh.authorizedKeys[4]: expected a public SSH key like your ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…); its first word is "ssh-dss", not one of ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521, ssh-rsa, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com',
      "ssh.authorizedKeys[5]: expected a public SSH key like your ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…); its second word is not valid base64; is it truncated?",
      "ssh.authorizedKeys[6]: expected a public SSH key like your ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…); got 5",
    ],
  },
  {
    title: "the same key twice",
    yaml: `ssh: {authorizedKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S me", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S me"]}`,
    problems: ["ssh.authorizedKeys[1]: is the same as number 0; remove it"],
  },
  {
    title: "one key without a list",
    yaml: `ssh: {authorizedKeys: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S"}`,
    problems: [
      'ssh.authorizedKeys: expected a list of public SSH keys, got "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7"…',
    ],
  },
  {
    title: "an existing host that lacks all",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, host: {}}}`,
    problems: [
      "nodes.cp.host.hostKey: expected a public SSH key like the host's /etc/ssh/ssh_host_ed25519_key.pub (ssh-ed25519 AAAA…); got nothing",
      "nodes.cp.host.keyFile: expected the path of a private SSH key like ~/.ssh/id_ed25519, got nothing",
    ],
  },
  {
    title: "an existing host with everything wrong",
    yaml: `
      nodes:
        cp:
          roles: [control-plane]
          address: 10.17.0.11
          cpus: 1
          memoryMiB: 1024
          diskGiB: 5
          host: {user: "root; reboot", port: 0, hostKey: "10.17.0.11 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S", keyFile: "", password: x}
    `,
    problems: [
      'nodes.cp.host.user: expected a user\'s name like debian, got "root; reboot"',
      "nodes.cp.host.port: expected a TCP port from 1 to 65535, got 0",
      'nodes.cp.host.hostKey: expected a public SSH key like the host\'s /etc/ssh/ssh_host_ed25519_key.pub (ssh-ed25519 AAAA…); its first word is "10.17.0.11", not one of ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521, ssh-rsa',
      'nodes.cp.host.keyFile: expected the path of a private SSH key like ~/.ssh/id_ed25519, got ""',
      "nodes.cp.host.password: unknown key; users log in with keys, not passwords",
      "nodes.cp.cpus: hardware of an existing machine cannot be configured; remove it",
      "nodes.cp.memoryMiB: hardware of an existing machine cannot be configured; remove it",
      "nodes.cp.diskGiB: hardware of an existing machine cannot be configured; remove it",
    ],
  },
  {
    title: "a host key that was cut short",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, host: {keyFile: ~/.ssh/id_ed25519, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLt}}}`,
    problems: [
      "nodes.cp.host.hostKey: expected a public SSH key like the host's /etc/ssh/ssh_host_ed25519_key.pub (ssh-ed25519 AAAA…); its second word is truncated",
    ],
  },
  {
    title: "a pool of existing hosts",
    yaml: `pools: {a: {count: 1, firstAddress: 10.17.0.21, roles: [worker], host: {}}}`,
    problems: ["pools.a.host: unknown key; did you mean nodes.NAME.host?"],
  },
  {
    title: "the host in one word",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, host: root@10.17.0.11}}`,
    problems: [
      'nodes.cp.host: expected a mapping with user, port, hostKey and keyFile, got "root@10.17.0.11"',
    ],
  },
]);
