import type { Registration } from "../../harness/program/recordProgram.ts";
import { homesOf, pluginOf, splitHome } from "./homes.ts";
import type { Kind } from "./style.ts";
import { withoutImplied } from "./withoutImplied.ts";

/** The resources of one stage on one node, or of one stage that exists once per lab. */
export interface Box {
  /** The name of the stage's component: `etcd`. */
  readonly stage: string;
  /** Nodes that have this box; empty if it exists once per lab. */
  readonly nodes: readonly string[];
  readonly kind: Kind;
  /** Names of its resources without the node's prefix; keys and certificates are left out. */
  readonly parts: readonly string[];
  readonly keys: number;
  readonly certificates: number;
}

export interface Graph {
  /** Nodes that differ only in name are one lane, in the order of the plan. */
  readonly lanes: readonly (readonly string[])[];
  readonly boxes: readonly Box[];
  /** Transitively reduced. */
  readonly edges: readonly { readonly from: Box; readonly to: Box }[];
  /** In the whole program, without components. */
  readonly resources: number;
}

const kinds: Readonly<Record<string, Kind>> = {
  tls: "keys",
  libvirt: "machines",
  command: "steps",
  kubernetes: "objects",
};

const osStep = "-os";

/**
 * The program's resources as a picture shows them: one box for each stage on each node. Nodes that
 * differ only in name are drawn once.
 *
 * @param registrations in the order of registration, which differs from run to run, so boxes and
 * edges are sorted
 */
export function foldGraph(registrations: readonly Registration[]): Graph {
  const resources = registrations.filter(({ custom }) => custom);
  const nodes = nodesOf(resources);
  const homes = homesOf(resources, nodes);
  const lanes = alike(nodes, resources, homes);
  const drawn = (node: string) => node === "" || lanes.some(([first]) => first === node);

  const boxes = new Map<string, Box>();
  for (const home of homes.values()) {
    const [, node = ""] = splitHome(home);
    if (drawn(node) && !boxes.has(home)) {
      boxes.set(home, boxOf(home, resources, homes, lanes));
    }
  }
  const edges = withoutImplied(edgesOf(resources, homes))
    .sort((a, b) => (a.join(" ") < b.join(" ") ? -1 : 1))
    .flatMap(([before, after]) => {
      const [from, to] = [boxes.get(before), boxes.get(after)];
      return from === undefined || to === undefined ? [] : [{ from, to }];
    });
  const sorted = [...boxes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, box]) => box);
  return { lanes, boxes: sorted, edges, resources: resources.length };
}

/** Control planes first, then by name: the order of registration is random. */
function nodesOf(resources: readonly Registration[]): string[] {
  const names = new Set(resources.map(({ name }) => name));
  const nodes = resources
    .filter(({ type, name }) => type === "command:remote:Command" && name.endsWith(osStep))
    .map(({ name }) => name.slice(0, -osStep.length));
  const rank = (node: string) => (names.has(`${node}-etcd`) ? 0 : 1);
  return nodes.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, "en", { numeric: true }));
}

/** Everything that a resource waits for, including its provider. */
const waitsFor = ({ dependencies, provider }: Registration): string[] => [
  ...dependencies,
  provider.replace(/::[^:]*$/, ""),
];

function edgesOf(
  resources: readonly Registration[],
  homes: ReadonlyMap<string, string>,
): [string, string][] {
  const pairs = resources.flatMap((resource) =>
    waitsFor(resource).flatMap((urn): [string, string][] => {
      const [before, after] = [homes.get(urn), homes.get(resource.urn)];
      return before === undefined || after === undefined || before === after
        ? []
        : [[before, after]];
    }),
  );
  return [...new Map(pairs.map((pair) => [pair.join(" "), pair])).values()];
}

/** Nodes grouped so that the resources of each group differ only in the node's name. */
function alike(
  nodes: readonly string[],
  resources: readonly Registration[],
  homes: ReadonlyMap<string, string>,
): string[][] {
  const groups = new Map<string, string[]>();
  for (const node of nodes) {
    const own = resources.filter(({ urn }) => splitHome(homes.get(urn) ?? "")[1] === node);
    const shape = own
      .map((one) => [one.type, one.name, ...waitsFor(one).sort()].join(" ").replaceAll(node, "?"))
      .sort()
      .join("\n");
    groups.set(shape, [...(groups.get(shape) ?? []), node]);
  }
  return [...groups.values()];
}

function boxOf(
  home: string,
  resources: readonly Registration[],
  homes: ReadonlyMap<string, string>,
  lanes: readonly (readonly string[])[],
): Box {
  const [stage = "", node = ""] = splitHome(home);
  const own = resources.filter(({ urn }) => homes.get(urn) === home);
  const others = own.filter((one) => pluginOf(one) !== "tls");
  const ofType = (type: string) => own.filter((one) => one.type.endsWith(`:${type}`));
  const keys = ofType("PrivateKey");
  const certificates = ofType("LocallySignedCert");
  const bare = others
    .filter(({ type }) => !type.startsWith("pulumi:providers:"))
    .map(({ name }) =>
      node !== "" && name.startsWith(`${node}-`) ? name.slice(node.length + 1) : name,
    );
  return {
    stage,
    nodes: lanes.find((lane) => lane.includes(node)) ?? [],
    kind: kinds[pluginOf(others[0] ?? own[0] ?? raise(home))] ?? "steps",
    parts: [...new Set(others.length === 0 ? keys.map(({ name }) => name) : bare)].sort(),
    keys: keys.length,
    certificates: certificates.length,
  };
}

function raise(home: string): never {
  throw new Error(`${home} has no resources`);
}
