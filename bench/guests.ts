import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { projectDir } from "../base/paths.ts";
import { poll } from "../base/poll.ts";
import { run } from "../base/run.ts";
import type { Session } from "../base/session.ts";
import { renderSeed } from "../cloudinit/seed.ts";
import { startMirror, stopMirror } from "../mirror/mirrorProcess.ts";
import type { ClusterPlan } from "../plan/clusterPlan.ts";
import { guestNodes } from "../plan/nodes.ts";
import { guestUser } from "../plan/planCluster.ts";
import { sshPath } from "../tools/access/sshPath.ts";
import { enterIsolated, startIsolated, stopIsolated } from "../tools/place/isolatedLab.ts";
import { type BenchLab, nodes, planOf, receivedBy, stackName } from "./lab.ts";

/** Time limit for an emulated machine's boot, until it accepts SSH. */
const bootMs = 600_000;

/**
 * An isolated lab without machines, with a mirror.
 *
 * @param home a directory that outlives the lab, for keys and the definitions of machines
 */
export async function openGuests(session: Session, home: string): Promise<BenchLab> {
  const user = await keyPair(home, "user");
  const cluster = clusterWith(user.publicKey);
  const plan = planOf(cluster);
  const definitions = join(home, "definitions");
  await writeSeeds(plan, home, { definitions, userPublicKey: user.publicKey });
  await startIsolated(session);
  try {
    const [command = "", ...before] = await enterIsolated(stackName, [], projectDir);
    const enter: BenchLab["enter"] = [command, ...before];
    const mirror = {
      address: plan.network.gateway,
      port: Number(new URL(String(plan.mirror)).port),
    };
    await startMirror(stackName, mirror, (argv) => Promise.resolve([...enter, ...argv]));
    const directory = join(home, "lab");
    await mkdir(directory);
    // The hypervisor's end of a machine's network card has the same MAC address except for the
    // first byte.
    const ports = Object.fromEntries(
      guestNodes(plan).map(({ name, machine }) => [name, `fe${machine.mac.slice(2)}`]),
    );
    const root = shellOn(plan, {
      enter,
      keyFile: user.file,
      knownHosts: join(directory, "known_hosts"),
    });
    return {
      cluster,
      plan,
      directory,
      enter,
      root,
      guests: guestsOf(plan, { enter, root, definitions }),
      received: () => receivedBy(ports, enter),
      stop: async () => {
        await removeGuests(session);
        await rm(directory, { recursive: true });
      },
    };
  } catch (error) {
    await removeGuests(session);
    throw error;
  }
}

/**
 * Removes every machine, network, mirror and libvirt of the bench, including those of killed runs.
 */
export async function removeGuests(session: Session): Promise<void> {
  await stopMirror(stackName);
  // Runs after Ctrl-C too.
  const { signal } = new AbortController();
  await stopIsolated({ ...session, signal }, { remove: true });
}

function guestsOf(
  plan: ClusterPlan,
  lab: Pick<BenchLab, "enter" | "root"> & { definitions: string },
): BenchLab["guests"] {
  const { network } = plan.libvirt;
  const guests = guestNodes(plan);
  const rootDisk = guests[0]?.machine.rootDisk;
  if (rootDisk === undefined) throw new Error("the bench's lab has no virtual machine");
  const { image, poolPath } = rootDisk;
  const machines = async (verb: "learn" | "make"): Promise<void> => {
    const [command, ...args] = [
      ...lab.enter,
      ...["bash", join(import.meta.dirname, "byHand", "machines.sh"), verb, lab.definitions],
      ...[image.source, `image-${image.id}.qcow2`, poolPath, network],
      ...guests.flatMap(({ name, machine: guest }) => [
        name,
        guest.domain,
        String(guest.rootDisk.bytes),
      ]),
    ] as const;
    await run(command, args, { timeoutMs: bootMs });
  };
  let made: Promise<void> | undefined;
  return {
    learn: () => machines("learn"),
    boot: async (node) => {
      made ??= machines("make");
      await made;
      const ask = async () => ((await lab.root(node, "true")).exitCode === 0 ? true : undefined);
      await poll(ask, { what: `${node} to answer SSH`, withinMs: bootMs, everyMs: 500 });
    },
  };
}

function shellOn(
  plan: ClusterPlan,
  { enter, keyFile, knownHosts }: Pick<BenchLab, "enter"> & { keyFile: string; knownHosts: string },
): BenchLab["root"] {
  const addresses = new Map(plan.nodes.map(({ name, address }) => [name, address]));
  const settings = {
    UserKnownHostsFile: sshPath(knownHosts),
    GlobalKnownHostsFile: "none",
    // The lab's network has no other clients, and no measurement depends on this time.
    StrictHostKeyChecking: "accept-new",
    IdentitiesOnly: "yes",
    BatchMode: "yes",
    ConnectTimeout: "5",
    LogLevel: "ERROR",
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  return async (node, command, options = {}) => {
    const ssh = ["ssh", "-F", "none", "-i", keyFile, ...flags];
    const target = `${guestUser}@${addresses.get(node) ?? node}`;
    const [program, ...args] = [...enter, ...ssh, target, "--", command] as const;
    const stdin = options.input === undefined ? { stdin: "ignore" as const } : {};
    const result = await execa(program, args, { ...stdin, ...options, reject: false });
    const [stdout, stderr] = [String(result.stdout), String(result.stderr)];
    return { exitCode: result.exitCode, stdout, stderr };
  };
}

/** Writes the cloud-init seeds of the reference's machines. */
async function writeSeeds(
  plan: ClusterPlan,
  home: string,
  { definitions, userPublicKey }: { definitions: string; userPublicKey: string },
): Promise<void> {
  const host = await keyPair(home, "host");
  const hostPrivateKey = await readFile(host.file, "utf8");
  const keys = { hostPrivateKey, hostPublicKey: host.publicKey, userPublicKey };
  await mkdir(definitions, { recursive: true });
  for (const node of guestNodes(plan)) {
    await writeFile(join(definitions, `${node.name}-seed.iso`), renderSeed(plan, node, keys));
  }
}

/** Creates the key pair if it is missing. `publicKey` is one line. */
async function keyPair(home: string, name: string): Promise<{ file: string; publicKey: string }> {
  const file = join(home, name);
  const isThere = await readFile(file).catch(() => undefined);
  if (isThere === undefined) {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", stackName, "-f", file]);
  }
  return { file, publicKey: (await readFile(`${file}.pub`, "utf8")).trim() };
}

/** The sizes of Pulumi.dev.yaml. */
function clusterWith(publicKey: string) {
  const entries = nodes.map(({ name, address, roles }) => {
    const isWorker = roles.some((role) => role === "worker");
    const size = isWorker ? { cpus: 1, memoryMiB: 1536 } : { cpus: 2, memoryMiB: 2048 };
    return [name, { roles, address, ...size }];
  });
  return {
    ssh: { authorizedKeys: [publicKey] },
    nodes: Object.fromEntries(entries) as Record<string, object>,
  };
}
