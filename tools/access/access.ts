import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { directEnvironment } from "../../base/directEnvironment.ts";
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

/** The data needed to log in to a node. */
export type NodeAccess = Omit<NodeRecord, "ready" | "podNetwork">;

const outputsSchema = z.object({
  kubeconfig: z.string(),
  /** Kubeconfigs of users other than the administrator, by name. */
  kubeconfigs: z.record(z.string(), z.string()),
  endpoint: z.string(),
  /** The private key for logging in to guests, in OpenSSH's format. */
  sshKey: z.string(),
});

/** The program's outputs that lab uses. Secret. */
export type LabOutputs = z.infer<typeof outputsSchema> & Pick<ClusterRecord, "nodes">;

/** The outputs of the last `up`, empty if there was none. Secret. */
export async function outputsBefore(
  engine: Pick<Engine, "output">,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await engine.output(["stack", "output", "--json", "--show-secrets"]);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

/** @throws UserError if the stack has no complete outputs */
export async function readOutputs(engine: Engine, stack: string): Promise<LabOutputs> {
  const outputs = await outputsBefore(engine);
  const record = readRecord(outputs, stack);
  const found = outputsSchema.safeParse(outputs);
  if (found.success && record !== undefined) return { ...found.data, nodes: record.nodes };
  throw new UserError({
    place: `stack ${stack}`,
    found: "no complete outputs",
    expected: "the outputs of a lab that is up",
    remedy: `run \`${labCommand(stack, "up")}\``,
  });
}

/**
 * Paths of the kubeconfig and of the files for ssh, all with mode 0600. With these, commands do not
 * need Pulumi.
 */
export function accessPaths(stack: string) {
  const { kubeconfig, ssh } = labPaths(stack);
  return {
    kubeconfig,
    key: join(ssh, "id"),
    knownHosts: join(ssh, "known_hosts"),
    nodes: join(ssh, "nodes.json"),
  };
}

/** A line of known_hosts. ssh looks up ports other than 22 in brackets. */
export function knownHostsLine({ address, port, hostKey }: NodeAccess): string {
  const [type = "", key = ""] = hostKey.trim().split(/\s+/);
  return `${port === 22 ? address : `[${address}]:${port}`} ${type} ${key}`;
}

/** Writes the access files from the outputs. */
export async function writeAccess(stack: string, outputs: LabOutputs): Promise<void> {
  await writePrivate(accessPaths(stack).kubeconfig, outputs.kubeconfig);
  await writeSshAccess(stack, outputs);
}

/** Writes the files that logging in to nodes needs. */
export async function writeSshAccess(
  stack: string,
  { nodes, sshKey }: Pick<LabOutputs, "nodes" | "sshKey">,
): Promise<void> {
  const paths = accessPaths(stack);
  await writePrivate(paths.key, sshKey.endsWith("\n") ? sshKey : `${sshKey}\n`);
  await writePrivate(paths.knownHosts, `${nodes.map(knownHostsLine).join("\n")}\n`);
  await writePrivate(paths.nodes, `${JSON.stringify(nodes, undefined, 2)}\n`);
}

/** Writes a file with mode 0600 atomically. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, text, { mode: 0o600 });
  await rename(part, path);
}

/** Whether this lab has access files: `up` writes them, `destroy` removes them. */
export async function wasUp(stack: string): Promise<boolean> {
  return (await stat(accessPaths(stack).nodes).catch(() => undefined)) !== undefined;
}

/** The nodes of the last `up`. @throws UserError if there was none */
export async function readNodes(stack: string): Promise<NodeAccess[]> {
  const text = await readFile(accessPaths(stack).nodes, "utf8").catch(() => undefined);
  const found =
    text === undefined ? undefined : z.array(nodeRecordSchema).safeParse(JSON.parse(text)).data;
  if (found) return found;
  throw new UserError(`the lab ${stack} is not up; run \`${labCommand(stack, "up")}\``);
}

/** The environment for kubectl: the API and the nodes are not behind the user's proxy. */
export async function kubectlEnvironment(stack: string): Promise<Record<string, string>> {
  const { kubeconfig } = accessPaths(stack);
  const text = await readFile(kubeconfig, "utf8").catch(() => "");
  const servers = [...text.matchAll(/^\s*server: https:\/\/([^:/\s]+)/gm)].map(
    ([, host = ""]) => host,
  );
  const nodes = await readNodes(stack).catch(() => []);
  return directEnvironment(process.env, [...servers, ...nodes.map(({ address }) => address)]);
}

/** @throws UserError that lists the existing nodes */
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
