import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import { labPaths } from "../../base/paths.ts";
import {
  type ClusterRecord,
  type NodeRecord,
  nodeRecordSchema,
  readRecord,
} from "../../plan/record.ts";
import type { Engine } from "../pulumi/engineInterface.ts";

/** How a node is reached. */
export type NodeAccess = Omit<NodeRecord, "ready" | "podNetwork">;

const outputsSchema = z.object({
  kubeconfig: z.string(),
  /** Of people besides the administrator, by name. */
  kubeconfigs: z.record(z.string(), z.string()),
  endpoint: z.string(),
  /** The private key for the machines that the program created, OpenSSH. */
  sshKey: z.string(),
});

/** The program's outputs that lab uses. Secret. */
export type LabOutputs = z.infer<typeof outputsSchema> & Pick<ClusterRecord, "nodes">;

/** All outputs of the last `up`, none where there was none. Secret. */
export async function outputsBefore(
  engine: Pick<Engine, "output">,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await engine.output(["stack", "output", "--json", "--show-secrets"]);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

/** @throws UserError where the stack has not got as far as its outputs */
export async function readOutputs(engine: Engine, stack: string): Promise<LabOutputs> {
  const outputs = await outputsBefore(engine);
  const record = readRecord(outputs, stack);
  const found = outputsSchema.safeParse(outputs);
  if (found.success && record !== undefined) return { ...found.data, nodes: record.nodes };
  throw new UserError({
    place: `stack ${stack}`,
    found: "no complete outputs",
    expected: "those of a lab that is up",
    remedy: `run \`${labCommand(stack, "up")}\``,
  });
}

/** Files by which a lab is used without asking Pulumi: kubeconfig, and what ssh needs. All 0600. */
export function accessPaths(stack: string) {
  const { kubeconfig, ssh } = labPaths(stack);
  return {
    kubeconfig,
    key: join(ssh, "id"),
    knownHosts: join(ssh, "known_hosts"),
    nodes: join(ssh, "nodes.json"),
  };
}

/** One line of known_hosts: brackets where the port is not 22, as ssh looks it up. */
export function knownHostsLine({ address, port, hostKey }: NodeAccess): string {
  const [type = "", key = ""] = hostKey.trim().split(/\s+/);
  return `${port === 22 ? address : `[${address}]:${port}`} ${type} ${key}`;
}

/** Writes the access files from the outputs. */
export async function writeAccess(stack: string, outputs: LabOutputs): Promise<void> {
  const paths = accessPaths(stack);
  const { kubeconfig, nodes, sshKey } = outputs;
  await writePrivate(paths.kubeconfig, kubeconfig);
  await writePrivate(paths.key, sshKey.endsWith("\n") ? sshKey : `${sshKey}\n`);
  await writePrivate(paths.knownHosts, `${nodes.map(knownHostsLine).join("\n")}\n`);
  await writePrivate(paths.nodes, `${JSON.stringify(nodes, undefined, 2)}\n`);
}

/** A file that is its owner's alone, in one move. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, text, { mode: 0o600 });
  await rename(part, path);
}

/** Whether an `up` has made this lab's access files, and no `destroy` has taken them away. */
export async function wasUp(stack: string): Promise<boolean> {
  return (await stat(accessPaths(stack).nodes).catch(() => undefined)) !== undefined;
}

/** The nodes as of the last `up`. @throws UserError where there was none */
export async function readNodes(stack: string): Promise<NodeAccess[]> {
  const text = await readFile(accessPaths(stack).nodes, "utf8").catch(() => undefined);
  const found =
    text === undefined ? undefined : z.array(nodeRecordSchema).safeParse(JSON.parse(text)).data;
  if (found) return found;
  throw new UserError(`the lab ${stack} is not up; run \`${labCommand(stack, "up")}\``);
}

/** @throws UserError that names the nodes there are */
export async function findNode(stack: string, name: string): Promise<NodeAccess> {
  const nodes = await readNodes(stack);
  const found = nodes.find((node) => node.name === name);
  if (found) return found;
  throw new UserError({
    place: `node ${name}`,
    found: "no such node",
    expected: `one of ${nodes.map((node) => node.name).join(", ")}`,
    remedy: `\`${labCommand(stack, "status")}\` shows them`,
  });
}
