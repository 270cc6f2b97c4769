import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { labOf } from "../../../harness/program/labs.ts";
import { isMirrorHere, mirrorWarnings } from "../../../tools/place/mirrorHere.ts";
import { hostKey } from "./surroundings.ts";

const host = { keyFile: "/id", hostKey };
const existing = (more: object = {}) =>
  labOf({ nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11", host } }, ...more });

const card = (address: string): { eth0: NetworkInterfaceInfo[] } => ({
  eth0: [
    {
      address,
      family: "IPv4",
      netmask: "255.255.255.0",
      mac: "02:00:5e:10:00:01",
      internal: false,
      cidr: `${address}/24`,
    },
  ],
});

describe("a lab of existing machines", () => {
  test("is warned that no mirror is started at another machine's address", () => {
    const [warning, ...more] = mirrorWarnings(existing(), "elsewhere", card("10.17.0.9"));
    expect(more).toEqual([]);
    expect(warning?.keys).toEqual(["mirrorAddress"]);
    expect(warning?.message).toBe(
      "10.17.0.1 is no address of this machine, so ./lab starts no mirror: nodes ask 10.17.0.1:8473 for each file and image, then its publisher; write this machine's address in the nodes' network, or run ./lab mirror serve --address 10.17.0.1 on the machine that has it",
    );
  });

  test("has a mirror at this machine's own address", () => {
    const lab = existing({ mirrorAddress: "10.17.0.9" });
    expect(isMirrorHere(lab, "elsewhere", card("10.17.0.9"))).toBe(true);
    expect([...mirrorWarnings(lab, "elsewhere", card("10.17.0.9"))]).toEqual([]);
  });
});

test("a lab with a network of its own will have the mirror's address here", () => {
  expect([...mirrorWarnings(labOf(), "system", {})]).toEqual([]);
});
