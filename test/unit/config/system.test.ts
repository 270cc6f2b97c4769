import { describe, expect, test } from "vitest";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";
import { devCluster } from "../../../harness/program/labs.ts";
import { describeProblems } from "./describeProblems.ts";
import { linesOf } from "./labErrors.ts";
import { fileOf, hostKey, privateKey, surroundings } from "./surroundings.ts";

describeProblems("time zones", [
  {
    title: "names of today and of yesterday",
    yaml: `
      timeZone: America/Port-au-Prince
      nodes:
        a: {roles: [control-plane], address: 10.17.0.11, timeZone: UTC}
        b: {roles: [worker], address: 10.17.0.12, timeZone: Asia/Kolkata}
        c: {roles: [worker], address: 10.17.0.13, timeZone: Asia/Calcutta}
        d: {roles: [worker], address: 10.17.0.14, timeZone: Etc/GMT+5}
    `,
    problems: [],
  },
  {
    title: "the city alone, another case, a letter too few, none at all",
    yaml: `
      timeZone: berlin
      nodes:
        a: {roles: [control-plane], address: 10.17.0.11, timeZone: europe/berlin}
        b: {roles: [worker], address: 10.17.0.12, timeZone: Europe/Lisbn}
        c: {roles: [worker], address: 10.17.0.13, timeZone: "+01:00"}
        d: {roles: [worker], address: 10.17.0.14, timeZone: New York}
        e: {roles: [worker], address: 10.17.0.15, timeZone: 1}
    `,
    problems: [
      'timeZone: expected a time zone like Europe/Berlin or UTC, got "berlin"; did you mean Europe/Berlin?',
      'nodes.a.timeZone: expected a time zone like Europe/Berlin or UTC, got "europe/berlin"; did you mean Europe/Berlin?',
      'nodes.b.timeZone: expected a time zone like Europe/Berlin or UTC, got "Europe/Lisbn"; did you mean Europe/Lisbon?',
      'nodes.c.timeZone: expected a time zone like Europe/Berlin or UTC, got "+01:00"',
      'nodes.d.timeZone: expected a time zone like Europe/Berlin or UTC, got "New York"; did you mean America/New_York?',
      "nodes.e.timeZone: expected a time zone like Europe/Berlin or UTC, got 1",
    ],
  },
]);

describeProblems("users", [
  {
    title: "one with everything, one with nothing",
    yaml: `users: {ada: {authorizedKeys: ["${hostKey} ada"], sudo: true, groups: [adm], shell: /bin/sh}, bob_2: {}}`,
    problems: [],
  },
  {
    title: "of other users, and invalid names",
    yaml: `
      users: {root: {}, etcd: {}, systemd-network: {}, Ada Lovelace: {}}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, users: {www-data: {}}}}
    `,
    problems: [
      "users.root: root always exists; add keys for root to ssh.authorizedKeys",
      "users.etcd: etcd is a system user; choose another name",
      "users.systemd-network: systemd-network is a system user; choose another name",
      "users[\"Ada Lovelace\"]: the name \"Ada Lovelace\" must be at most 32 lower-case letters, digits, '-' and '_', and begin with a letter",
      "nodes.cp.users.www-data: www-data is a system user; choose another name",
    ],
  },
  {
    title: "malformed",
    yaml: `users: {ada: {authorizedKeys: [ada], sudo: "yes", groups: adm, shell: bash}, bob: []}`,
    problems: [
      'users.ada.authorizedKeys[0]: expected a public SSH key like the user\'s ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…); its first word is "ada", not one of ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521, ssh-rsa, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com',
      'users.ada.sudo: expected true or false, got "yes"',
      'users.ada.groups: expected a list of groups like [adm], got "adm"',
      'users.ada.shell: expected the absolute path of a shell like /bin/bash, got "bash"',
      "users.bob: expected a mapping with authorizedKeys, sudo, groups and shell, got []",
    ],
  },
  {
    title: "a password, which is not shown, and words of cloud-init",
    yaml: `users: {ada: {password: secret, plain_text_passwd: secret, ssh_authorized_keys: []}}`,
    problems: [
      "users.ada.password: unknown key; users log in with keys, not passwords",
      "users.ada.plain_text_passwd: unknown key; users log in with keys, not passwords",
      "users.ada.ssh_authorized_keys: unknown key; did you mean authorizedKeys?",
    ],
  },
  {
    title: "on a machine that exists already",
    yaml: `
      users: {ada: {}}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, users: {bob: {}}, host: {hostKey: "${hostKey}", keyFile: /id}}}
    `,
    problems: [
      "nodes.cp.users: hardway does not manage the users of existing machines; create them there, and remove this",
    ],
  },
]);

describeProblems("files", [
  {
    title: "in a directory of no user",
    yaml: `
      files:
        /etc/motd: {content: hello}
        /etc/profile.d/lab.sh: {from: lab.sh, mode: "0755", owner: root:adm}
        /etc/containerd/conf.d/own.toml: {content: ""}
        /etc/systemd/system/kubelet.service.d/own.conf: {content: "[Service]"}
    `,
    problems: [],
  },
  {
    title: "no paths",
    yaml: `files: {motd: {content: a}, /etc/: {content: a}, /etc/../motd: {content: a}, "/etc/a b": {content: a}}`,
    problems: [
      'files.motd: expected an absolute path like /etc/motd, of letters, digits and any of -_.@+:,=, got "motd"',
      'files["/etc/"]: expected an absolute path like /etc/motd, of letters, digits and any of -_.@+:,=, got "/etc/"',
      'files["/etc/../motd"]: expected an absolute path like /etc/motd, of letters, digits and any of -_.@+:,=, got "/etc/../motd"',
      'files["/etc/a b"]: expected an absolute path like /etc/motd, of letters, digits and any of -_.@+:,=, got "/etc/a b"',
    ],
  },
  {
    title: "where others write",
    yaml: `
      files: {/etc/hosts: {content: a}, /run/motd: {content: a}, /etc/localtime: {content: a}}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, files: {/etc/kubernetes/own.yaml: {content: a}, /root/.ssh/authorized_keys: {content: a}}}}
    `,
    problems: [
      'files["/etc/hosts"]: is written by cloud-init at every boot; add the names to a name server in network.dns',
      'files["/run/motd"]: is lost at a reboot; choose another path',
      'files["/etc/localtime"]: is the machine\'s time zone; write timeZone',
      'nodes.cp.files["/etc/kubernetes/own.yaml"]: is managed by hardway; choose another path',
      'nodes.cp.files["/root/.ssh/authorized_keys"]: grants login; write ssh.authorizedKeys or users',
    ],
  },
  {
    title: "two contents, and none",
    yaml: `files: {/etc/a: {content: a, from: a.txt}, /etc/b: {}, /etc/c: {mode: "600"}}`,
    problems: [
      'files["/etc/a"]: has both content and from; remove one',
      'files["/etc/b"]: has neither content nor from; write one',
      'files["/etc/c"]: has neither content nor from; write one',
    ],
  },
  {
    title: "malformed",
    yaml: `files: {/etc/a: {content: 1, mode: 0644, owner: root}, /etc/b: {content: a, mode: "4755", permissions: "644"}, /etc/c: hello}`,
    problems: [
      'files["/etc/a"].content: expected text, got 1',
      'files["/etc/a"].mode: expected a mode in quotes like "644" or "0600", got 644',
      'files["/etc/a"].owner: expected a user and a group like root:root, got "root"',
      'files["/etc/b"].mode: expected a mode in quotes like "644" or "0600", got "4755"',
      'files["/etc/b"].permissions: unknown key; did you mean mode?',
      'files["/etc/c"]: expected a mapping with content or from, and maybe mode and owner, got "hello"',
    ],
  },
  {
    title: "words of cloud-init",
    yaml: `{write_files: [], timezone: UTC, tz: UTC}`,
    problems: [
      "write_files: unknown key; did you mean files?",
      "timezone: unknown key; did you mean timeZone?",
      "tz: unknown key; did you mean timeZone?",
    ],
  },
]);

describeProblems("a disk for etcd", [
  {
    title: "of the members: the control planes, unless others have the role",
    yaml: `
      machines: {etcdDiskGiB: 8}
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11}
        e: {roles: [etcd], address: 10.17.0.12, etcdDiskGiB: 4}
    `,
    problems: [],
  },
  {
    title: "where etcd does not run",
    yaml: `
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11, etcdDiskGiB: 4}
        e: {roles: [etcd], address: 10.17.0.12}
      pools: {worker: {count: 1, roles: [worker], firstAddress: 10.17.0.21, etcdDiskGiB: 4}}
    `,
    problems: [
      "nodes.cp.etcdDiskGiB: etcd does not run here, only on nodes with the role etcd; remove it",
      "pools.worker.etcdDiskGiB: etcd does not run here, only on nodes with the role etcd; remove it",
    ],
  },
  {
    title: "of a worker, where control planes are the members",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, w: {roles: [worker], address: 10.17.0.12, etcdDiskGiB: 4}}`,
    problems: [
      "nodes.w.etcdDiskGiB: etcd does not run here, only on nodes with the role control-plane; remove it",
    ],
  },
  {
    title: "of a machine that exists already",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11, etcdDiskGiB: 4, host: {hostKey: "${hostKey}", keyFile: /id}}}`,
    problems: [
      "nodes.cp.etcdDiskGiB: hardware of an existing machine cannot be configured; mount a disk at /var/lib/etcd there, and remove this",
    ],
  },
  {
    title: "of no size",
    yaml: `
      machines: {etcdDiskGiB: 0}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, etcdDisk: 8 GiB}}
    `,
    problems: [
      "machines.etcdDiskGiB: expected a whole number of GiB from 1 to 65536, got 0",
      "nodes.cp.etcdDisk: unknown key; did you mean etcdDiskGiB?",
    ],
  },
]);

describe("the content of files", () => {
  const files = {
    "/src/hardway/motd.txt": fileOf("hello\n", 0o644),
    "/home/ada/token": fileOf("swordfish", 0o600),
    "/src/hardway/logo.png": fileOf(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]), 0o644),
    "/src/hardway/latin1.txt": fileOf(Buffer.from("gr\xfc\xdfe", "latin1"), 0o644),
    "/src/hardway/large.txt": fileOf("x".repeat(40 * 1024), 0o644),
  };
  const around = surroundings({}, files);
  const labOf = (own: object) => ({ ...devCluster, files: own });

  test("is read from the checkout, or from home", () => {
    const lab = labFrom(
      labOf({ "/etc/motd": { from: "motd.txt" }, "/etc/token": { from: "~/token", mode: "600" } }),
      around,
    );
    expect(lab.texts).toEqual({ "motd.txt": "hello\n", "~/token": "swordfish" });
  });

  test("content that cannot be sent to a node is reported at once, and not shown", () => {
    const cluster = labOf({
      "/etc/a": { from: "gone.txt" },
      "/etc/b": { from: "logo.png" },
      "/etc/c": { from: "latin1.txt" },
      "/etc/d": { content: "a\0b" },
    });
    expect(linesOf(cluster, around)).toEqual([
      'files["/etc/a"].from: gone.txt does not exist; expected a text file',
      'files["/etc/b"].from: logo.png is not UTF-8 text; only text can be sent to nodes',
      'files["/etc/c"].from: latin1.txt is not UTF-8 text; only text can be sent to nodes',
      'files["/etc/d"].content: is not text; write text only',
    ]);
  });

  test("is refused where it is too much for a step, for the lab and for a node", () => {
    const large = { from: "large.txt" };
    const two = { "/etc/a": large, "/etc/b": large };
    const nodes = { "control-1": { ...devCluster.nodes["control-1"], files: two } };
    expect(linesOf({ ...labOf(two), nodes }, around)).toEqual(
      ["files", "nodes.control-1.files"].map(
        (place) =>
          `${place}: hold 81920 bytes together, the limit is 49152; put larger files into a custom image (machines.image) or a pod`,
      ),
    );
    expect(linesOf(labOf({ "/etc/a": large }), around)).toEqual([]);
  });
});

test("a machine that exists already has the lab's files and time zone, and none of its users", () => {
  const host = { keyFile: "/id", hostKey };
  const cluster = {
    timeZone: "Europe/Berlin",
    users: { ada: {} },
    files: { "/etc/motd": { content: "hello" } },
    machines: { etcdDiskGiB: 4 },
    nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11", host } },
  };
  const [node] = labFrom(cluster, surroundings({}, { "/id": privateKey })).nodes;
  expect(node).toMatchObject({ timeZone: "Europe/Berlin", files: { "/etc/motd": {} } });
  expect(node).not.toHaveProperty("users");
});

const cp = { roles: ["control-plane"], address: "10.17.0.11" };

describe("more SSH keys than a step can send", () => {
  const keys = Array.from({ length: 2000 }, (_, index) => `${hostKey} ${index + 1000}`);
  const bytes = (hostKey.length + 5) * 2000;
  const message = `hold 2000 SSH keys of ${bytes} bytes together, the limit is 24576; remove some, or use ed25519 keys, which are shorter`;
  test.each([
    ["ssh.authorizedKeys", { ssh: { authorizedKeys: keys } }],
    ["users", { users: { ada: { authorizedKeys: keys } } }],
    ["nodes.cp.users", { nodes: { cp: { ...cp, users: { ada: { authorizedKeys: keys } } } } }],
  ])("%s", (path, changes) => {
    const problems = clusterProblems({ nodes: { cp }, ...changes });
    expect(problems.map((one) => `${one.path}: ${one.message}`)).toEqual([`${path}: ${message}`]);
  });
});
