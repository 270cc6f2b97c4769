import { freemem } from "node:os";
import { join, relative } from "node:path";
import { labPaths } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import type { ConfigProblem } from "../../config/messages/problem.ts";
import type { Hypervisor, Lab } from "../../model/lab.ts";
import { guestsOf, hostProblems } from "../../plan/hypervisorProblems.ts";
import { poolFacts } from "./poolFacts.ts";
import type { Runner } from "./runner.ts";

const here: Runner = ([command = "", ...args]) => tryRun(command, args);

/** `start.sh` mounts the lab's own directory here. */
const libvirtDirectory = "/var/lib/libvirt";

/** Where an isolated lab's pool is on this machine. */
export function poolOutside(stack: string, { pool }: Pick<Hypervisor, "pool">): string {
  const below = relative(libvirtDirectory, pool);
  return below.startsWith("..") ? pool : join(labPaths(stack).isolated, "lib", below);
}

/** What prevents a new isolated lab from creating its guests, before its libvirt ever ran. */
export async function problemsBeforeStart(
  stack: string,
  lab: Lab,
  freeBytes = freemem(),
): Promise<ConfigProblem[]> {
  const used = lab.machines.hypervisors.filter((one) => guestsOf(lab, one).length > 0);
  const freeMemoryMiB = Math.floor(freeBytes / 1024 ** 2);
  const found = await Promise.all(
    used.map(async (one) =>
      hostProblems(lab, one, {
        libvirt: { networks: [], domains: [], freeMemoryMiB },
        routes: [],
        ...(await poolFacts(here, poolOutside(stack, one))),
      }),
    ),
  );
  return found.flat();
}
