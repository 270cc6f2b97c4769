import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { labOf, planOf } from "../../../harness/program/labs.ts";
import { networkName, poolName } from "../../../model/names.ts";
import { clearLeftovers } from "../../../tools/pulumi/clearLeftovers.ts";
import type { Engine } from "../../../tools/pulumi/engineInterface.ts";
import {
  type Kind,
  type LibvirtFacts,
  mending,
  type StateFacts,
} from "../../../tools/pulumi/leftovers.ts";
import { resourceTypes } from "../../../tools/pulumi/stackState.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

const owned = (kind: Kind, name: string, id = name) => ({ kind, name, id, urn: `urn::${name}` });

/** The state of a lab `dev` with one machine, and libvirt's objects of it. */
const whole: StateFacts = {
  owned: [
    owned("network", "hardway-dev", "uuid-network"),
    owned("pool", "hardway-dev", "uuid-pool"),
    owned("volume", "image-0123456789ab.qcow2"),
    owned("volume", "control-1.qcow2"),
    owned("volume", "control-1-seed.iso"),
    owned("domain", "dev-control-1", "uuid-domain"),
  ],
  creating: [],
};
const there: LibvirtFacts = {
  domains: [{ name: "dev-control-1", uuid: "uuid-domain", running: true }],
  network: "uuid-network",
  pool: "uuid-pool",
  volumes: ["control-1-seed.iso", "control-1.qcow2", "image-0123456789ab.qcow2"],
};
const nothing: StateFacts = { owned: [], creating: [] };
const without = (...names: string[]): StateFacts => ({
  ...whole,
  owned: whole.owned.filter(({ name, kind }) => !names.includes(`${kind} ${name}`)),
});
const empty: LibvirtFacts = { domains: [], volumes: [] };
const calm = { remove: [], resume: [], refresh: [], foreign: [] };

test("the shared name is the plan's", () => {
  const { network, pool } = planOf(labOf()).libvirt;
  expect([network, pool]).toEqual([networkName("dev"), poolName("dev")]);
});

describe("where state and libvirt agree, there is nothing to do", () => {
  test.for([
    ["a lab that is up", whole, there],
    ["a lab that was never made", nothing, empty],
    ["the user's file in the pool", whole, { ...there, volumes: [...there.volumes, "my.qcow2"] }],
    [
      "an old mark of a thing that was made since",
      { ...whole, creating: [{ kind: "network", name: "hardway-dev" }] },
      there,
    ],
  ] as const)("%s", ([, state, found]) => {
    expect(mending("dev", state, found)).toEqual(calm);
  });
});

describe("what an interrupted run left is removed", { meta: { rows: ["S0-09"] } }, () => {
  test("a network that was being made", () => {
    const state = { owned: [], creating: [{ kind: "network", name: "hardway-dev" }] } as const;
    expect(mending("dev", state, { ...empty, network: "another" })).toEqual({
      ...calm,
      remove: [{ kind: "network", name: "hardway-dev" }],
    });
  });

  test("a domain that was being made", () => {
    const state: StateFacts = {
      ...without("domain dev-control-1"),
      creating: [{ kind: "domain", name: "dev-control-1" }],
    };
    expect(mending("dev", state, there)).toEqual({
      ...calm,
      remove: [{ kind: "domain", name: "dev-control-1" }],
    });
  });

  test("a domain that was made and did not start: on the network that this state made", () => {
    const found = { ...there, domains: [{ name: "dev-control-1", uuid: "other", running: false }] };
    expect(mending("dev", without("domain dev-control-1"), found).remove).toEqual([
      { kind: "domain", name: "dev-control-1" },
    ]);
  });

  test("volumes, each by what shows that it is ours", () => {
    const state: StateFacts = {
      ...without(
        "volume image-0123456789ab.qcow2",
        "volume control-1-seed.iso",
        "volume control-1.qcow2",
        "domain dev-control-1",
      ),
      creating: [{ kind: "volume", name: "control-1.qcow2" }],
    };
    const found = { ...there, domains: [], volumes: [...there.volumes, "my.qcow2", "notes.txt"] };
    expect(mending("dev", state, found)).toEqual({
      ...calm,
      remove: [
        { kind: "volume", name: "control-1-seed.iso" },
        { kind: "volume", name: "control-1.qcow2" },
        { kind: "volume", name: "image-0123456789ab.qcow2" },
      ],
    });
  });

  test("an empty pool and network without owner; domains and volumes are removed first", () => {
    const state: StateFacts = {
      owned: [],
      creating: [{ kind: "pool", name: "hardway-dev" }],
    };
    expect(mending("dev", state, { ...there, domains: [] }).remove).toEqual([
      { kind: "volume", name: "control-1-seed.iso" },
      { kind: "volume", name: "image-0123456789ab.qcow2" },
      { kind: "pool", name: "hardway-dev" },
      { kind: "network", name: "hardway-dev" },
    ]);
  });
});

describe("what libvirt has lost or holds stopped is looked at again", () => {
  test.for([
    ["a domain", { ...there, domains: [] }, ["urn::dev-control-1"]],
    [
      "a stopped domain",
      { ...there, domains: there.domains.map((domain) => ({ ...domain, running: false })) },
      ["urn::dev-control-1"],
    ],
    ["a volume", { ...there, volumes: there.volumes.slice(1) }, ["urn::control-1-seed.iso"]],
    ["a network", { ...there, network: undefined }, ["urn::hardway-dev"]],
    ["everything", empty, whole.owned.map(({ urn }) => urn)],
  ] as const)("%s", ([, found, urns]) => {
    expect(mending("dev", whole, found)).toEqual({ ...calm, refresh: urns });
  });
});

describe("objects of other states are left alone and reported", {
  meta: { rows: ["S0-09"] },
}, () => {
  test("a whole lab of the same name", () => {
    expect(mending("dev", nothing, there)).toEqual({
      ...calm,
      foreign: [
        { kind: "domain", name: "dev-control-1" },
        { kind: "volume", name: "control-1-seed.iso" },
        { kind: "volume", name: "control-1.qcow2" },
        { kind: "volume", name: "image-0123456789ab.qcow2" },
        { kind: "pool", name: "hardway-dev" },
        { kind: "network", name: "hardway-dev" },
      ],
    });
  });

  test("a domain on our network that does not have our name", () => {
    const guest = { name: "router", uuid: "other", running: true };
    expect(mending("dev", whole, { ...there, domains: [...there.domains, guest] })).toEqual({
      ...calm,
      foreign: [{ kind: "domain", name: "router" }],
    });
  });
});

describe("machines on an existing bridge", () => {
  const bridged: StateFacts = without("network hardway-dev", "domain dev-control-1");
  const found = (hasOwnCard: boolean): LibvirtFacts => ({
    ...there,
    network: undefined,
    domains: [{ name: "dev-control-1", uuid: "other", running: false, hasOwnCard }],
  });
  const domain = { kind: "domain", name: "dev-control-1" };

  test("an unrecorded machine: identified by its network card and by this state's pool", () => {
    expect(mending("dev", bridged, found(true))).toEqual({ ...calm, remove: [domain] });
  });

  test("a machine of another or an unknown state", () => {
    const other = { ...found(true), pool: "uuid-other" };
    expect(mending("dev", bridged, other).foreign).toContainEqual(domain);
    expect(mending("dev", bridged, found(false)).foreign).toEqual([domain]);
  });
});

describe("clearing", () => {
  /** A virsh that responds by subcommand, with or without its argument, and records each call. */
  function fakes(exported: unknown, answers: Readonly<Record<string, string>>) {
    const directory = temporaryDirectory();
    const calls = join(directory, "calls");
    for (const [name, text] of Object.entries(answers)) writeFileSync(join(directory, name), text);
    const virsh = join(directory, "virsh");
    writeFileSync(
      virsh,
      `#!/bin/sh
shift 3
echo "$*" >>${calls}
case "$*" in *running*) set -- running ;; *paused*) set -- paused ;; esac
[ -e "${directory}/$1 $2" ] && exec cat "${directory}/$1 $2"
[ -e "${directory}/$1" ] && exec cat "${directory}/$1"
echo "error: no $1" >&2
exit 1
`,
    );
    chmodSync(virsh, 0o755);
    const pulumi = join(directory, "pulumi");
    writeFileSync(
      pulumi,
      `#!/bin/sh
echo "pulumi $*" >>${calls}
cat >>${calls}
echo >>${calls}
[ -e "${directory}/locked" ] || exit 0
cat "${directory}/locked" >&2
exit 255
`,
    );
    chmodSync(pulumi, 0o755);
    const runs: string[][] = [];
    const engine: Engine = {
      env: { PATH: `${directory}:${process.env.PATH ?? ""}` },
      run: (args) => {
        runs.push([...args]);
        return Promise.resolve(0);
      },
      output: () => Promise.resolve(JSON.stringify(exported)),
    };
    const enter = ([, ...args]: readonly string[]) => Promise.resolve([virsh, ...args]);
    const asked = () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []);
    const removals = () => asked().filter((line) => /destroy|undefine|delete/.test(line));
    const hypervisors = [{ uri: "qemu:///system", pool: "/pool", nodes: ["a"] }];
    return { args: { hypervisors, enter, engine }, runs, asked, removals };
  }

  const resource = (kind: Kind, name: string, more: object = {}) => ({
    urn: `urn:pulumi:test::hardway::x::${name}`,
    type: resourceTypes[kind],
    provider: "urn:pulumi:test::hardway::x$pulumi:providers:libvirt::libvirt::id",
    inputs: { name },
    ...more,
  });

  /** A machine of a killed or still running `up`. */
  const network = resource("network", "hardway-test", { id: "n" });
  const gone = resource("domain", "test-a", { id: "a" });
  const half = {
    version: 3,
    deployment: {
      resources: [network, gone],
      pending_operations: [{ resource: resource("domain", "test-b"), type: "creating" }],
    },
  };
  const answers = {
    list: "b  test-b\n",
    running: "b\n",
    "net-uuid": "n\n",
    domiflist: "vnet1  network  hardway-test  virtio  52:54:00:00:00:01\n",
    destroy: "",
    undefine: "",
  };
  const imports = "pulumi stack import --stack test --non-interactive";

  test("removes, forgets the mark, and asks pulumi to look again, in this order", async () => {
    const { args, runs, asked } = fakes(half, answers);
    const { session, lines } = testSession();
    await clearLeftovers(session, args);
    expect(asked().filter((line) => /^(?:\{|pulumi|destroy|undefine)/.test(line))).toEqual([
      // The mark stays: after an interruption before the removal, the next run finds it.
      imports,
      JSON.stringify(half),
      "destroy test-b",
      "undefine --managed-save --snapshots-metadata --nvram test-b",
      imports,
      JSON.stringify({
        version: 3,
        deployment: { resources: [network, gone], pending_operations: [] },
      }),
    ]);
    expect(runs).toEqual([
      ["refresh", "--yes", "--skip-preview", "--target", "urn:pulumi:test::hardway::x::test-a"],
    ]);
    expect(lines).toEqual([
      "removing the domain test-b, left by an interrupted run",
      "libvirt has lost or stopped test-a: refreshing the state",
    ]);
  });

  test("removes nothing beside what is another's", async () => {
    const list = `${answers.list}x  a domain of another's\n`;
    const { args, runs, removals } = fakes(half, { ...answers, list });
    const { session } = testSession();
    await expect(clearLeftovers(session, args)).rejects.toThrow(/a domain of another's/);
    expect(removals()).toEqual([]);
    expect(runs).toEqual([]);
  });

  test("ignores another lab's domain on another network", async () => {
    const { args, runs, asked, removals } = fakes(
      { deployment: { resources: [network, resource("domain", "test-a", { id: "a" })] } },
      {
        list: "a  test-a\nx  other-a\n",
        running: "a\nx\n",
        "net-uuid": "n\n",
        "domiflist x": "vnet2  network  hardway-other  virtio  52:54:00:00:00:02\n",
      },
    );
    await clearLeftovers(testSession().session, args);
    expect(asked()).toContain("domiflist x");
    expect({ removed: removals(), runs }).toEqual({ removed: [], runs: [] });
  });

  describe("a paused machine", () => {
    const exported = {
      deployment: { resources: [network, resource("domain", "test-a", { id: "a" })] },
    };
    const facts = { list: "a  test-a\n", running: "", paused: "a\n", "net-uuid": "n\n" };

    test("is resumed, and nothing is refreshed", async () => {
      const { args, runs, asked } = fakes(exported, {
        ...facts,
        "domstate --reason": "running (unpaused)\n",
        resume: "",
      });
      const { session } = testSession();
      await clearLeftovers(session, args);
      expect(asked()).toContain("resume test-a");
      expect(runs).toEqual([]);
    });

    test("that pauses again is an error with libvirt's reason", async () => {
      const { args, runs } = fakes(exported, {
        ...facts,
        "domstate --reason": "paused (I/O error)\n",
        resume: "",
      });
      const { session, lines } = testSession();
      await expect(clearLeftovers(session, args)).rejects.toThrow(
        /^domain test-a: found paused \(I\/O error\), expected .*free space/,
      );
      expect(lines).toEqual(["resuming the domain test-a, which is paused (I/O error)"]);
      expect(runs).toEqual([]);
    });
  });

  test("removes nothing while another run uses the stack, and reports the run", async () => {
    const locked = "error: the stack is currently locked by 1 lock(s): created by ann@rack-1";
    const { args, runs, removals } = fakes(half, { ...answers, locked });
    const { session, lines } = testSession();
    await expect(clearLeftovers(session, args)).rejects.toThrow(
      /^the state of the stack test: found .*locked.*ann@rack-1, expected .*; if a run holds the lock, wait for it/,
    );
    expect(removals()).toEqual([]);
    expect(runs).toEqual([]);
    expect(lines).toEqual([]);
  });

  test("a run that ended while libvirt was looked at has its machines left alone", async () => {
    const { args, removals } = fakes(half, answers);
    const made = { ...half.deployment, pending_operations: [] };
    const done = { deployment: { ...made, resources: [network, { ...gone, id: "b" }] } };
    const states = [half, done];
    const output = () => Promise.resolve(JSON.stringify(states.shift()));
    await clearLeftovers(testSession().session, { ...args, engine: { ...args.engine, output } });
    expect(removals()).toEqual([]);
  });

  test("asks each hypervisor for what the state says is there, and none that has nothing", async () => {
    const at = (hypervisor: string) => ({
      provider: `urn:pulumi:test::hardway::x$pulumi:providers:libvirt::libvirt@${hypervisor}::id`,
    });
    const exported = {
      deployment: {
        resources: [
          resource("domain", "test-a", { id: "a", ...at("rack-1") }),
          resource("domain", "test-b", { id: "b", ...at("rack-2") }),
        ],
      },
    };
    const { args, runs } = fakes(exported, { list: "a  test-a\n", running: "a\n" });
    const uris: string[] = [];
    const { session } = testSession();
    await clearLeftovers(session, {
      ...args,
      hypervisors: ["rack-1", "rack-2", "rack-3"].map((name) => ({
        name,
        uri: name,
        pool: "/pool",
        nodes: [],
      })),
      enter: (argv) => {
        uris.push(argv[3] ?? "");
        return args.enter(argv);
      },
    });
    expect([...new Set(uris)]).toEqual(["rack-1", "rack-2"]);
    // test-b is not in rack-2's list: every hypervisor returns the same names.
    expect(runs).toEqual([
      ["refresh", "--yes", "--skip-preview", "--target", "urn:pulumi:test::hardway::x::test-b"],
    ]);
  });

  test("an unreachable libvirt is reported with its own message", async () => {
    const { args } = fakes({ deployment: null }, {});
    const { session } = testSession();
    await expect(clearLeftovers(session, args)).rejects.toThrow(
      "qemu:///system does not respond (no list); start libvirtd, or fix the URI",
    );
  });

  test("a thing that can't be removed is named", async () => {
    const exported = {
      deployment: {
        pending_operations: [{ resource: resource("network", "hardway-test"), type: "creating" }],
      },
    };
    const { args, asked } = fakes(exported, { list: "", running: "", "net-uuid": "n\n" });
    const { session } = testSession();
    await expect(clearLeftovers(session, args)).rejects.toThrow(
      "network hardway-test: cannot be removed: error: no net-undefine",
    );
    // The mark stays until the machine is removed.
    expect(asked().filter((line) => line.startsWith("{"))).toEqual([JSON.stringify(exported)]);
  });
});
