import { expect, test } from "vitest";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { devCluster, haCluster } from "../../../harness/program/labs.ts";
import type { Lab } from "../../../model/lab.ts";
import { guestsIn } from "../../../model/machines.ts";
import { lackedByImage } from "../../../plan/imageCommands.ts";
import { surroundings } from "./surroundings.ts";

/** The lab on a distribution's image. */
const labOn = (image: string, cluster: object = devCluster): Lab =>
  labFrom({ ...cluster, machines: { image } }, surroundings());

test("a distribution's image without the packages of nodes is reported, with the nodes and the packages", () => {
  const { path, message } = lackedByImage(labOn("debian-13")) ?? {};
  expect(path).toBe("machines.image");
  expect(message).toBe(
    "debian-13 as published lacks commands that these nodes need: control-1 (nft), worker-1 (nft), worker-2 (nft); write machines.image: debian-12, which ./lab builds with all of them, or, if no node is a load balancer, ubuntu-24.04",
  );
  expect(lackedByImage(labOn("ubuntu-24.04", haCluster))?.message).toContain(
    "these nodes need: lb-1 (haproxy, keepalived), lb-2 (haproxy, keepalived); write",
  );
  expect(lackedByImage(labOn("ubuntu-24.04"))).toBeUndefined();
});

test("one that is not the distribution's own is the person's affair, and one that a machine has already is on it", () => {
  const lab = labOn("debian-12");
  const { image } = lab.machines;
  const made = { ...image, id: "1ae3294a5aa2" };
  expect(lackedByImage({ ...lab, machines: { ...lab.machines, image: made } })).toBeUndefined();
  const kept = guestsIn(lab.nodes).map((node) => ({
    ...node,
    machine: { ...node.machine, image },
  }));
  expect(lackedByImage({ ...lab, nodes: kept })).toBeUndefined();
});
