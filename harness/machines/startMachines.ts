import { readFile, writeFile } from "node:fs/promises";
import { messageOf, UserError } from "../../base/errors.ts";
import { cacheDir } from "../../base/paths.ts";
import { run } from "../../base/run.ts";
import type { MachinesLab, MachinesOptions } from "./machinesLab.ts";
import { startNetwork } from "./network.ts";
import { claimLab } from "./ownership.ts";
import { machineRootfs } from "./rootfs.ts";
import { RunningLab } from "./runningLab.ts";

/**
 * Boots container machines with systemd as the first process, SSH, and their own network, cgroups
 * and disk; kernel and clock are this machine's. Resolves when each accepts SSH.
 *
 * @throws UserError if this machine cannot run them, or one does not accept SSH in time (with the
 * end of its console)
 */
export async function startMachines(options: MachinesOptions): Promise<MachinesLab> {
  const { name, withinMs = 60_000 } = options;
  await requireHost();
  await allowInotify();
  const rootfs = await machineRootfs(options.cache ?? cacheDir());
  await claimLab(name);
  const gateway = gatewayOf(options);
  const network = await startNetwork(`${gateway}/24`);
  const lab = new RunningLab(name, gateway, network);
  try {
    await lab.boot(options.nodes, rootfs);
    await Promise.all(lab.machines.map((machine) => lab.answers(machine.name, withinMs)));
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

function gatewayOf({ nodes }: MachinesOptions): string {
  const networks = new Set(nodes.map(({ address }) => address.replace(/\.\d+$/, "")));
  const [network] = networks;
  if (network === undefined || networks.size > 1) {
    throw new Error(
      `container machines: expected addresses of one /24, found ${[...networks].join()}`,
    );
  }
  return `${network}.1`;
}

/** Checks requirements that no tool below reports clearly. */
async function requireHost(): Promise<void> {
  const place = "container machines";
  const hierarchies = await readFile("/proc/mounts", "utf8");
  if (process.getuid?.() !== 0) {
    throw new UserError({
      place,
      found: "another user",
      expected: "root",
      remedy: "run this as root",
    });
  }
  if (!/ \/sys\/fs\/cgroup\/freezer cgroup /.test(hierarchies)) {
    throw new UserError({
      place,
      found: "no cgroup v1 hierarchies",
      expected: "/sys/fs/cgroup/<controller>",
      remedy: "run these tests on a machine with cgroup v1; tests with guests do not need it",
    });
  }
  try {
    await run("systemd-nspawn", ["--version"]);
  } catch (error) {
    const remedy = "as root: apt-get install systemd-container";
    throw new UserError({
      place,
      found: messageOf(error),
      expected: "systemd-nspawn to run",
      remedy,
    });
  }
}

/**
 * All machines share the inotify limit of this machine's root: a node uses about 17 instances, and
 * the usual limit is 128.
 */
async function allowInotify(): Promise<void> {
  const file = "/proc/sys/fs/inotify/max_user_instances";
  const enough = 4096;
  // The limit is not restored: another lab may need it, and a higher limit does no harm.
  if (Number(await readFile(file, "utf8")) < enough) await writeFile(file, String(enough));
}
