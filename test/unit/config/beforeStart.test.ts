import { join } from "node:path";
import { expect, test } from "vitest";
import { labPaths } from "../../../base/paths.ts";
import { devCluster, labOf } from "../../../harness/program/labs.ts";
import { poolOutside, problemsBeforeStart } from "../../../tools/place/beforeStart.ts";

test("an isolated lab's pool is in the lab's own directory, unless the config names another", () => {
  const pool = "/var/lib/libvirt/hardway";
  expect(poolOutside("dev", { pool })).toBe(join(labPaths("dev").isolated, "lib/hardway"));
  expect(poolOutside("dev", { pool: "/srv/disks" })).toBe("/srv/disks");
});

test("memory and pool of a new isolated lab are checked before its libvirt starts", async () => {
  const lab = labOf({ ...devCluster, machines: { pool: "/dev/null/x" } });
  const problems = await problemsBeforeStart("dev", lab, 4096 * 1024 ** 2);
  expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    "machines.memoryMiB: 3 new machines ask for 6144 MiB, and the hypervisor has 4096 MiB free; give them less, remove some, or free memory",
    "machines.pool: /dev/null/x cannot hold disks: /dev/null is not a directory; name a directory that can be made and written to",
  ]);
});
