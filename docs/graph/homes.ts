import type { Registration } from "../../harness/program/recordProgram.ts";

/** A box by its stage and node. */
const joinHome = (stage: string, node: string): string => `${stage}/${node}`;

/** Stage and node of a box; the node is empty for what the lab has once. */
export const splitHome = (home: string): string[] => home.split("/");

/** The plugin that a resource belongs to; a provider belongs to its own. */
export const pluginOf = ({ type }: Registration): string =>
  type.startsWith("pulumi:providers:")
    ? type.slice("pulumi:providers:".length)
    : (type.split(":")[0] ?? "");

/** URN → box. A key or certificate stands where it is first used, but for those that everything hangs on. */
export function homesOf(
  resources: readonly Registration[],
  nodes: readonly string[],
): Map<string, string> {
  const homes = new Map<string, string>();
  for (const { urn, name, parent } of resources) {
    // Of two names that fit, like `a` and `a-b`, the longer one is meant.
    const fitting = nodes.filter((candidate) => name.startsWith(`${candidate}-`));
    const node = fitting.sort((a, b) => b.length - a.length)[0] ?? "";
    homes.set(urn, joinHome(parent.split("::").at(-1) ?? "", node));
  }
  const usedFirst = (urn: string): string | undefined => {
    const user = resources.find(
      (other) => other.dependencies.includes(urn) && pluginOf(other) !== "tls",
    );
    return user === undefined ? undefined : homes.get(user.urn);
  };
  for (const resource of resources.filter((one) => pluginOf(one) === "tls")) {
    if (!resource.parent.endsWith("::authorities")) {
      homes.set(
        resource.urn,
        usedFirst(resource.urn) ?? homeOfRequest(resource, resources, usedFirst),
      );
    }
  }
  return homes;
}

/** A request is used by its certificates only. */
function homeOfRequest(
  request: Registration,
  resources: readonly Registration[],
  usedFirst: (urn: string) => string | undefined,
): string {
  const certificate = resources.find(({ dependencies }) => dependencies.includes(request.urn));
  const home = certificate && usedFirst(certificate.urn);
  if (home === undefined) {
    throw new Error(`nothing uses ${request.urn}`);
  }
  return home;
}
