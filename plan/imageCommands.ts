import { publishedImageId } from "../config/resolve/baseImage.ts";
import type { Lab, LabNode } from "../model/lab.ts";
import { isKubernetesNode } from "../model/roles.ts";
import { type CloudImage, type CloudImageName, cloudImages } from "../model/versions.ts";

/**
 * What machines to come would lack, where they are made from an image as its distribution publishes it: it is known that it has
 * not every command that their roles need, and nothing is installed on a node. Without this, each would boot, and then fail.
 */
export function lackedByImage(lab: Lab): string | undefined {
  const { name, id } = lab.machines.image;
  if (!isKnown(name) || id !== publishedImageId(name)) return undefined;
  const { lacks }: CloudImage = cloudImages[name];
  const toCome = lab.nodes.filter(({ host, image }) => host === undefined && image === undefined);
  const lacking = toCome.flatMap((node) => {
    const commands = commandsOf(lab, node).filter((command) => lacks.includes(command));
    return commands.length === 0 ? [] : [`${node.name} (${commands.join(", ")})`];
  });
  if (lacking.length === 0) return undefined;
  return `machines.image: ${name} as its distribution publishes it lacks what these nodes need: ${lacking.join(", ")}; write machines.image: debian-12, which ./lab makes itself with all of it, or, where no node is a load balancer, ubuntu-24.04`;
}

const isKnown = (name: string): name is CloudImageName => name in cloudImages;

/** Those that not every image has. The operating-system step checks for them, and others, on the node. */
function commandsOf({ network, api }: Lab, node: LabNode): string[] {
  const balances = node.roles.includes("load-balancer");
  return [
    ...(isKubernetesNode(node) ? ["nft"] : []),
    ...(isKubernetesNode(node) && network.proxy === "ipvs" ? ["ipset"] : []),
    ...(balances ? ["haproxy"] : []),
    ...(balances && api.address !== undefined ? ["keepalived"] : []),
  ];
}
