import { type ConfigProblem, problemAt } from "../config/messages/problem.ts";
import { publishedImageId } from "../config/resolve/baseImage.ts";
import type { Lab, LabNode } from "../model/lab.ts";
import { guestsIn } from "../model/machines.ts";
import { proxyNeeds } from "../model/proxyNeeds.ts";
import { isKubernetesNode } from "../model/roles.ts";
import { type CloudImage, type CloudImageName, cloudImages } from "../model/versions.ts";

/**
 * Reports commands that new machines would lack if a distribution's unchanged image is known to
 * lack them. Nothing is installed on a node, so each machine would boot and then fail.
 */
export function lackedByImage(lab: Lab): ConfigProblem | undefined {
  const { name, id } = lab.machines.image;
  if (!isKnown(name) || id !== publishedImageId(name)) return undefined;
  const { lacks }: CloudImage = cloudImages[name];
  const toCome = guestsIn(lab.nodes).filter(({ machine }) => machine.image === undefined);
  const lacking = toCome.flatMap((node) => {
    const commands = commandsOf(lab, node).filter((command) => lacks.includes(command));
    return commands.length === 0 ? [] : [`${node.name} (${commands.join(", ")})`];
  });
  if (lacking.length === 0) return undefined;
  return problemAt(
    ["machines", "image"],
    `${name} as published lacks commands that these nodes need: ${lacking.join(", ")}; write machines.image: debian-12, which ./lab builds with all of them, or, if no node is a load balancer, ubuntu-24.04`,
  );
}

const isKnown = (name: string): name is CloudImageName => name in cloudImages;

/** Commands that some images lack. The host step checks these and others on the node. */
function commandsOf({ network, api }: Lab, node: LabNode): string[] {
  const balances = node.roles.includes("load-balancer");
  return [
    ...(isKubernetesNode(node) ? ["nft", ...proxyNeeds[network.proxy].commands] : []),
    ...(balances ? ["haproxy"] : []),
    ...(balances && api.address !== undefined ? ["keepalived"] : []),
  ];
}
