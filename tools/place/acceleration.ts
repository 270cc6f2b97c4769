import { spawn } from "node:child_process";
import { mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { codeOf } from "../../base/errors.ts";
import { findFirstCommand } from "../../base/findCommand.ts";
import { cachePaths } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import type { LabConfig, LabHypervisor } from "../pulumi/labConfig.ts";
import { qemuCommands } from "../setup/packages.ts";

const verdictSchema = z.object({
  /** The type of libvirt domains: `kvm`, or `qemu` for emulation. */
  domainType: z.enum(["kvm", "qemu"]),
  why: z.string(),
});

/** Whether guests here use KVM or are emulated, and why. */
export type Acceleration = z.infer<typeof verdictSchema>;

const cacheSchema = z.object({
  key: z.string(),
  proof: z.enum(["sector", "kernel"]),
  /** Time of the probe, in milliseconds since 1970. */
  at: z.number(),
  verdict: verdictSchema,
});

type Known = z.infer<typeof cacheSchema>;

/**
 * How long a negative result is kept: its cause may be temporary (a busy machine, another program
 * that uses hardware virtualization), and a probe takes half a minute.
 */
const noCountsMs = 60 * 60_000;

/** Time limit for the first output of a booting kernel, in milliseconds. */
const kernelMs = 20_000;
const sectorMs = 10_000;

/** Output of a booting system, with or without kernel messages. */
const signOfLife = /Linux version|\bclean, \d+|systemd|cloud-init|login:|\[ *\d+\.\d{6}\]/;

/**
 * A disk with a boot sector that writes 16 to qemu's debug-exit port, which makes qemu exit with 16
 * * 2 + 1: mov al, 0x10; out 0xf4, al; hlt
 */
function bootSectorDisk(): Buffer {
  // The BIOS of a q35 machine does not boot from a disk smaller than a cylinder.
  const disk = Buffer.alloc(1024 * 1024);
  Buffer.from([0xb0, 0x10, 0xe6, 0xf4, 0xf4]).copy(disk);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

const sectorExit = 33;

/** Whether the lab has guests on this machine. */
export function hasGuestsHere({
  makesMachines,
  hypervisors,
}: Pick<LabConfig, "makesMachines" | "hypervisors">): boolean {
  const isHere = ({ uri, nodes }: LabHypervisor) => nodes.length > 0 && uri === "qemu:///system";
  return makesMachines && hypervisors.some(isHere);
}

export interface ProbeOptions {
  readonly cache: string;
  /** A disk that boots Linux. Without one, the probe runs only a boot sector. */
  readonly image?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The KVM device; tests use another path. */
  readonly device?: string;
  /** Called before a probe, which takes up to half a minute; not if the result is cached. */
  readonly onProbe?: (message: string) => void;
}

/**
 * Finds out whether a guest's kernel boots under KVM. On some machines, such as nested guests, KVM
 * opens and runs a BIOS, but hangs with any kernel. A positive result is cached for this boot and
 * version of qemu. Access to /dev/kvm is checked each time, since it depends on the user.
 */
export async function probeAcceleration(options: ProbeOptions): Promise<Acceleration> {
  const basis = await probeBasis(options);
  if ("domainType" in basis) return basis;
  const known = await knownResult(basis, options.cache);
  if (known !== undefined) return known;
  options.onProbe?.("checking whether a guest's kernel boots under KVM");
  const verdict = await probe(basis.qemu, options);
  const { acceleration, root } = cachePaths(options.cache);
  await mkdir(root, { recursive: true });
  const part = `${acceleration}.${process.pid}.part`;
  const { key, proof } = basis;
  const found: Known = { key, proof, at: Date.now(), verdict };
  await writeFile(part, `${JSON.stringify(found, undefined, 2)}\n`);
  await rename(part, acceleration);
  return verdict;
}

/** As `probeAcceleration`, but undefined if that needs a probe. */
export async function knownAcceleration(options: ProbeOptions): Promise<Acceleration | undefined> {
  return knownResult(await probeBasis(options), options.cache);
}

/** What a probe's result depends on; or the result, if there is nothing to probe. */
type Basis = Acceleration | (Pick<Known, "key" | "proof"> & { readonly qemu: string });

async function probeBasis({ image, device = "/dev/kvm" }: ProbeOptions): Promise<Basis> {
  const qemu = await findFirstCommand(qemuCommands);
  if (qemu === undefined) return emulated("qemu is not installed yet");
  const closed = await openKvm(device);
  if (closed !== undefined) return emulated(closed);
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const { stdout } = await tryRun(qemu, ["--version"]);
  const key = `${boot} ${stdout.split("\n")[0] ?? ""}`;
  return { qemu, key, proof: image === undefined ? "sector" : "kernel" };
}

async function knownResult(basis: Basis, cache: string): Promise<Acceleration | undefined> {
  if ("domainType" in basis) return basis;
  const known = await readVerdict(cachePaths(cache).acceleration);
  // A kernel proves more than a boot sector, so a boot sector's result is replaced once there is an
  // image.
  return known?.key === basis.key &&
    (known.proof === "kernel" || known.proof === basis.proof) &&
    counts(known)
    ? known.verdict
    : undefined;
}

function counts({ at, verdict }: Known): boolean {
  return verdict.domainType === "kvm" || Math.abs(Date.now() - at) < noCountsMs;
}

async function readVerdict(path: string): Promise<Known | undefined> {
  try {
    return cacheSchema.safeParse(JSON.parse(await readFile(path, "utf8"))).data;
  } catch {
    return undefined;
  }
}

const emulated = (why: string): Acceleration => ({ domainType: "qemu", why });

async function probe(qemu: string, { image, signal }: ProbeOptions): Promise<Acceleration> {
  const sector = await bootsSector(qemu, signal);
  if (sector !== undefined) return emulated(sector);
  if (image === undefined) {
    return {
      domainType: "kvm",
      why: "a boot sector runs under KVM (no image yet to boot a kernel)",
    };
  }
  const kernel = await bootsKernel(qemu, image, signal);
  if (kernel !== undefined) return emulated(kernel);
  return { domainType: "kvm", why: "a guest's kernel boots under KVM" };
}

/** Why this user cannot use KVM; undefined if it can. */
async function openKvm(device: string): Promise<string | undefined> {
  try {
    await (await open(device, "r+")).close();
    return undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT")
      return `${device} does not exist (no hardware virtualization, or it is disabled in the BIOS)`;
    if (codeOf(error) === "EACCES") return `this user cannot open ${device} (join the group kvm)`;
    return `${device} does not open (${codeOf(error)})`;
  }
}

/** A chipset that every qemu has: RHEL's deprecates the older one, pc. */
const machine = [
  ...["-accel", "kvm", "-machine", "q35", "-m", "512"],
  ...["-nodefaults", "-display", "none", "-no-reboot"],
];

async function bootsSector(
  qemu: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "hardway-kvm-"));
  try {
    const disk = join(directory, "sector");
    await writeFile(disk, bootSectorDisk());
    const exit = ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"];
    const drive = ["-drive", `file=${disk},format=raw,if=virtio`];
    const args = [...machine, ...exit, ...drive];
    const result = await tryRun(qemu, args, { timeoutMs: sectorMs, signal });
    if (result.exitCode === sectorExit) return undefined;
    const said = result.stderr.trim().split("\n").at(-1) ?? "";
    return `KVM opens, but a guest does not run (${said || result.failure})`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Boots an image without changing it, and waits for output on its serial console. */
function bootsKernel(
  qemu: string,
  image: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const drive = ["-drive", `file=${image},format=qcow2,if=virtio,snapshot=on`];
  const args = [...machine, ...drive, "-serial", "stdio"];
  const child = spawn(qemu, args, {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: kernelMs,
    killSignal: "SIGKILL",
    ...(signal === undefined ? {} : { signal }),
  });
  return new Promise((resolve, reject) => {
    let console = "";
    let errors = "";
    let alive = false;
    child.stdout.on("data", (chunk: Buffer) => {
      console += chunk.toString("latin1");
      if (!signOfLife.test(console)) return;
      alive = true;
      child.kill("SIGKILL");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      const said = errors.trim().split("\n").at(-1) ?? "";
      if (alive) resolve(undefined);
      else if (code === null) {
        resolve(`KVM opens, but a guest's kernel prints nothing within ${kernelMs / 1000} s`);
      } else
        resolve(`KVM opens, but a guest's kernel does not boot (${said || `exit code ${code}`})`);
    });
  });
}

/** Explains the result to the user. */
export function describeAcceleration({ domainType, why }: Acceleration): string {
  return domainType === "kvm"
    ? `KVM: ${why}`
    : `emulation: ${why}; machines are about ten times slower, nodes take minutes to be ready`;
}
