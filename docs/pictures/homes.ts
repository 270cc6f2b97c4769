import type { Registration } from "../../harness/program/recordProgram.ts";

/** A box by its stage and node. */
const joinHome = (stage: string, node: string): string => `${stage}/${node}`;

/** Stage and node of a box; the node is empty if the box exists once per lab. */
export const splitHome = (home: string): string[] => home.split("/");

/** The plugin that a resource belongs to. A provider belongs to its own plugin. */
export const pluginOf = ({ type }: Registration): string =>
  type.startsWith("pulumi:providers:")
    ? type.slice("pulumi:providers:".length)
    : (type.split(":")[0] ?? "");

/**
 * URN → box. A key or certificate is drawn in the box that uses it first; the authorities' keys and
 * the administrator's are drawn once per lab.
 */
export function homesOf(
  resources: readonly Registration[],
  nodes: readonly string[],
): Map<string, string> {
  const homes = new Map<string, string>();
  for (const { urn, name, parent } of resources) {
    // If two names match, such as `a` and `a-b`, the longer one is the node.
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
    if (resource.parent.endsWith("::authorities")) continue;
    // Drawn with the authorities: the API server's box only happens to use its kubeconfig first.
    if (resource.parent.endsWith("::kubernetes-admin")) {
      homes.set(resource.urn, joinHome("authorities", ""));
      continue;
    }
    const home = usedFirst(resource.urn) ?? homeOfRequest(resource, resources, usedFirst);
    const [, node = ""] = splitHome(home);
    const isUsers = node !== "" && !resource.name.startsWith(`${node}-`);
    homes.set(resource.urn, isUsers ? joinHome("authorities", "") : home);
  }
  return homes;
}

/** A certificate request is used by its certificates only. */
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
