import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { isoImage } from "../../../cloudinit/iso.ts";
import {
  renderMetaData,
  renderNetworkConfig,
  renderSeed,
  renderUserData,
} from "../../../cloudinit/seed.ts";
import { devCluster, labOf, manyHostsCluster, planOf } from "../../../harness/program/labs.ts";
import { readIso } from "../../../harness/program/readIso.ts";
import { guestNodes } from "../../../plan/nodes.ts";

const plan = planOf(labOf());
const keys = {
  hostPrivateKey:
    "-----BEGIN OPENSSH PRIVATE KEY-----\nhost key\n-----END OPENSSH PRIVATE KEY-----\n",
  hostPublicKey: "ssh-ed25519 AAAAhost\n",
  userPublicKey: "ssh-ed25519 AAAAprogram\n",
};

for (const node of guestNodes(plan).slice(0, 2)) {
  test(`the seed of ${node.name}`, async () => {
    const files = [
      renderUserData(plan, node, keys),
      renderMetaData(plan, node, keys),
      renderNetworkConfig(plan, node),
    ];
    await expect(files.join("\n---\n")).toMatchFileSnapshot(`__snapshots__/${node.name}.yaml`);
  });
}

test("on an existing bridge, a machine has router and name servers from the config", () => {
  const bridged = planOf(labOf(manyHostsCluster));
  const [node] = guestNodes(bridged);
  if (node === undefined) throw new Error("the lab has no guests");
  expect(parse(renderNetworkConfig(bridged, node))).toEqual({
    version: 2,
    ethernets: {
      eth0: {
        match: { macaddress: node.machine.mac },
        "set-name": "eth0",
        dhcp4: false,
        addresses: ["10.17.0.11/24"],
        routes: [{ to: "0.0.0.0/0", via: "10.17.0.254" }],
        nameservers: { addresses: ["192.0.2.53"] },
      },
    },
  });
});

test("to a reader of YAML 1.1, as cloud-init is, every name and address is a text", () => {
  const lab = labOf({
    nodes: { on: { roles: ["control-plane", "worker"], address: "10.17.0.11" } },
  });
  const [node] = guestNodes(planOf(lab));
  if (node === undefined) throw new Error("the lab has no guests");
  const read = (text: string): unknown => parse(text, { version: "1.1" });
  expect(read(renderUserData(plan, node, keys))).toMatchObject({ hostname: "on" });
  expect(read(renderMetaData(plan, node, keys))).toMatchObject({ "local-hostname": "on" });
  for (const mac of ["52:54:00:12:34:56", "02:00:11:22:33:44"]) {
    const guest = { ...node.machine, mac };
    const config = renderNetworkConfig(plan, { ...node, machine: guest });
    expect(read(config)).toMatchObject({ ethernets: { eth0: { match: { macaddress: mac } } } });
  }
});

test("the image holds the three files under their own names, labelled as NoCloud looks for it", () => {
  const [node] = guestNodes(plan);
  if (node === undefined) throw new Error("the lab has no guests");
  expect(readIso(renderSeed(plan, node, keys))).toEqual({
    volumeId: "cidata",
    files: {
      "meta-data": renderMetaData(plan, node, keys),
      "network-config": renderNetworkConfig(plan, node),
      "user-data": renderUserData(plan, node, keys),
    },
  });
});

test("files of any size, whole sectors and nothing at all come back as they were", () => {
  const files = { empty: "", sector: "x".repeat(2048), long: "é".repeat(5000), short: "a" };
  expect(readIso(isoImage("cidata", files)).files).toEqual(files);
});

test("the same files give the same bytes, in whatever order they are named", () => {
  const one = isoImage("cidata", { a: "1", b: "2" });
  expect(isoImage("cidata", { b: "2", a: "1" }).equals(one)).toBe(true);
  expect(isoImage("cidata", { a: "1", b: "3" }).equals(one)).toBe(false);
});

describe("the instance id, by which cloud-init decides whether to set the machine up again", () => {
  const [node, other] = guestNodes(plan);
  if (node === undefined || other === undefined) throw new Error("the lab has too few guests");
  const idOf = (...args: Parameters<typeof renderMetaData>) =>
    /instance-id: (.*)/.exec(renderMetaData(...args))?.[1];
  const changed = planOf(labOf({ ...devCluster, network: { dns: ["192.0.2.53"] } }));
  const before = idOf(plan, node, keys);

  test("begins with the domain's name", () => {
    expect(before).toMatch(/^dev-control-1-[0-9a-f]{12}$/);
  });

  test.for([
    ["the program's key", idOf(plan, node, { ...keys, userPublicKey: "ssh-ed25519 AAAAother" })],
    ["the host key", idOf(plan, node, { ...keys, hostPublicKey: "ssh-ed25519 AAAAnew" })],
    ["the network", idOf(changed, node, keys)],
    ["the machine", idOf(plan, other, keys)],
  ])("another one for another value of %s", ([, after]) => {
    expect(after).not.toBe(before);
  });

  test("does not depend on users' keys, which change without a reboot", () => {
    const person =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S";
    const more = planOf(labOf({ ...devCluster, ssh: { authorizedKeys: [person] } }));
    expect(more.authorizedKeys).toEqual([person]);
    expect(renderSeed(more, node, keys).equals(renderSeed(plan, node, keys))).toBe(true);
  });

  test("does not depend on the private key", () => {
    expect(idOf(plan, node, { ...keys, hostPrivateKey: "another" })).toBe(before);
  });
});
