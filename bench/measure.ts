import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { cacheDir, projectDir } from "../base/paths.ts";
import { adminKubeconfigPath } from "../components/controlplane/paths.ts";
import { TestStack } from "../harness/clusters/testStack.ts";
import { readMirrorLock } from "../mirror/store.ts";
import { isControlPlane, isKubernetesNode } from "../model/roles.ts";
import { artifactKey } from "../model/versions.ts";
import { makeCertificates } from "./byHand/certificates.ts";
import { artifactNames, byHandScript } from "./byHand/script.ts";
import { type BenchLab, type ByNode, stackName } from "./lab.ts";

/** One creation of a cluster, by either side. */
export interface Turn {
  /** Seconds from the start of the command to its end, when the cluster was complete. */
  readonly seconds: number;
  /** SSH connections that each node accepted in that time. */
  readonly dials: ByNode;
  /** Bytes that each node received in that time, with all headers. */
  readonly bytes: ByNode;
  /**
   * The part of `bytes` that a node needs: its role's artifacts and images, in their stored size.
   */
  readonly neededBytes: ByNode;
}

export interface OurTurn extends Turn {
  /** The names of the stack's resources, components and providers included. */
  readonly resources: readonly string[];
}

/** One creation of a cluster of any shape. */
export interface ShapeTurn {
  readonly seconds: number;
  /** The names of the stack's resources, components and providers included. */
  readonly resources: readonly string[];
}

/** Runs of `pulumi up` without changes. */
export interface NoOp {
  /** Seconds of each run on the cluster that was just created. */
  readonly seconds: readonly number[];
  /** Seconds of each run of an empty program, alternating with `seconds`. */
  readonly emptySeconds: readonly number[];
  /** SSH connections to all nodes in that time. */
  readonly dials: number;
}

/** Time limit of one side: an emulated cluster takes minutes. */
const withinSeconds = 2400;

/** Measures the program. */
export async function measureOurs(lab: BenchLab): Promise<{ turn: OurTurn; stack: TestStack }> {
  const stack = await programStack(lab);
  const turn = await measure(lab, () => stack.update());
  return { turn: { ...turn, resources: await stack.resourceNames() }, stack };
}

/** Measures only the program's time. */
export async function measureShape(lab: BenchLab): Promise<ShapeTurn> {
  const stack = await programStack(lab);
  const seconds = await timed(() => stack.update());
  await requireWhole(lab);
  return { seconds, resources: await stack.resourceNames() };
}

function programStack(lab: BenchLab): Promise<TestStack> {
  return TestStack.create({
    name: stackName,
    directory: join(lab.directory, "stack"),
    enter: ["timeout", "--foreground", "--signal=INT", String(withinSeconds), ...lab.enter],
    cluster: lab.cluster,
  });
}

/** Measures the reference: one script per node over one SSH session each, all nodes in parallel. */
export async function measureByHand(lab: BenchLab, cancelSignal: AbortSignal): Promise<Turn> {
  const certificates = join(lab.directory, "certificates");
  await makeCertificates(lab.plan, certificates);
  const scripts = lab.plan.nodes.map(async (node) => ({
    node: node.name,
    script: await byHandScript(lab.plan, node, certificates),
  }));
  const ready = await Promise.all(scripts);
  // As a file, because a shell reads its standard input byte by byte.
  const command = `cat >/root/by-hand.sh && exec timeout ${withinSeconds} bash /root/by-hand.sh`;
  return measure(lab, () =>
    Promise.all(
      ready.map(async ({ node, script }) => {
        await lab.guests?.boot(node);
        const ended = await lab.root(node, command, { input: script, cancelSignal });
        if (ended.exitCode === 0) return;
        throw new Error(`by hand on ${node}: ${ended.stdout}\n${ended.stderr}`);
      }),
    ),
  );
}

/** Measures runs without changes, and as many runs of an empty program. */
export async function measureNoOp(lab: BenchLab, stack: TestStack, rounds = 3): Promise<NoOp> {
  const empty = await emptyStack(lab);
  await empty.update();
  const before = await loginsOf(lab);
  const seconds: number[] = [];
  const emptySeconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    seconds.push(await timed(() => stack.update()));
    emptySeconds.push(await timed(() => empty.update()));
  }
  const dials = Object.values(difference(await loginsOf(lab), before, 1));
  return { seconds, emptySeconds, dials: dials.reduce((sum, count) => sum + count, 0) };
}

/** With the same engine, language host and packages: the fixed cost of a run. */
async function emptyStack(lab: BenchLab): Promise<TestStack> {
  const program = join(lab.directory, "empty");
  await mkdir(program);
  for (const file of ["package.json", "Pulumi.yaml"]) {
    await copyFile(join(projectDir, file), join(program, file));
  }
  await symlink(join(projectDir, "node_modules"), join(program, "node_modules"));
  await writeFile(join(program, "index.ts"), "export {};\n");
  const { enter } = lab;
  const directory = join(lab.directory, "empty-stack");
  return TestStack.create({ name: "empty", directory, enter, program });
}

async function measure(lab: BenchLab, make: () => Promise<unknown>): Promise<Turn> {
  const isThere = lab.guests === undefined;
  const dialsBefore = isThere ? await loginsOf(lab) : {};
  const bytesBefore = isThere ? await lab.received() : {};
  const seconds = await timed(make);
  const bytes = difference(await lab.received(), bytesBefore);
  const dials = difference(await loginsOf(lab), dialsBefore, 1);
  await requireWhole(lab);
  return { seconds, dials, bytes, neededBytes: await neededBy(lab) };
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await body();
  return (performance.now() - begun) / 1000;
}

/** `after - before - own` for each node. */
function difference(after: ByNode, before: ByNode, own = 0): ByNode {
  return Object.fromEntries(
    Object.entries(after).map(([node, value]) => [node, value - (before[node] ?? 0) - own]),
  );
}

/** The number of logins to each node since its creation, including the login of this query. */
async function loginsOf(lab: BenchLab): Promise<ByNode> {
  const units = "--identifier sshd --identifier sshd-session";
  const command = `journalctl --quiet ${units} --output cat | grep --count '^Accepted '`;
  const counts = lab.plan.nodes.map(async ({ name }) => {
    const { stdout, stderr } = await lab.root(name, command);
    if (!/^\d+$/.test(stdout)) throw new Error(`logins of ${name}: ${stdout}${stderr}`);
    return [name, Number(stdout)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

const imagesSchema = z.object({ images: z.array(z.object({ size: z.coerce.number() })) });

async function neededBy(lab: BenchLab): Promise<ByNode> {
  const { plan } = lab;
  const { artifacts } = await readMirrorLock(cacheDir());
  const needs = plan.nodes.map(async (node) => {
    const files = artifactNames(plan, node).map(
      (name) => artifacts[artifactKey(name, plan.artifacts[name])]?.size ?? 0,
    );
    const { stdout } = await lab.root(node.name, "/usr/local/bin/crictl images --output json");
    const images = imagesSchema.parse(JSON.parse(stdout)).images.map(({ size }) => size);
    return [node.name, [...files, ...images].reduce((sum, size) => sum + size, 0)] as const;
  });
  return Object.fromEntries(await Promise.all(needs));
}

const listSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        availableReplicas: z.number().default(0),
        numberReady: z.number().default(0),
      }),
    }),
  ),
});

/**
 * Checks both sides' result: every node Ready, both CoreDNS available, the smoke workload ready on
 * every worker.
 */
async function requireWhole(lab: BenchLab): Promise<void> {
  const kubectl = `/usr/local/bin/kubectl --kubeconfig ${adminKubeconfigPath}`;
  const command = `${kubectl} get nodes,deployments,daemonsets --all-namespaces --output json`;
  const { nodes } = lab.plan;
  const controlPlane = nodes.find(isControlPlane)?.name ?? "";
  const { exitCode, stdout, stderr } = await lab.root(controlPlane, command);
  if (exitCode !== 0) throw new Error(`${command} on ${controlPlane}: ${stderr}`);
  const { items } = listSchema.parse(JSON.parse(stdout));
  const readyNodes = items.filter(
    ({ kind, status }) =>
      kind === "Node" &&
      status.conditions.some((one) => one.type === "Ready" && one.status === "True"),
  );
  const statusOf = (name: string) => items.find(({ metadata }) => metadata.name === name)?.status;
  const found = {
    nodes: readyNodes.length,
    coredns: statusOf("coredns")?.availableReplicas,
    smoke: statusOf("smoke")?.numberReady,
  };
  const workers = nodes.filter(({ roles }) => roles.includes("worker")).length;
  const wanted = { nodes: nodes.filter(isKubernetesNode).length, coredns: 2, smoke: workers };
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  const [is, should] = [JSON.stringify(found), JSON.stringify(wanted)];
  throw new Error(`the cluster is incomplete: expected ${should}, found ${is}`);
}
