import { gatewayOf } from "../../model/addresses.ts";
import type { Lab } from "../../model/lab.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { resolveNodes } from "./parseCluster.ts";

/** The part of a lab that its config alone decides; the rest depends on this machine. */
export type DescribedLab = Pick<
  Lab,
  | "name"
  | "network"
  | "api"
  | "ingress"
  | "ssh"
  | "certificates"
  | "people"
  | "mirrorAddress"
  | "mirrorPort"
  | "allow"
  | "nodes"
>;

/** @param absolute makes a path in the config absolute */
export function describedLab(
  name: string,
  config: ClusterConfig,
  absolute: (path: string) => string,
): DescribedLab {
  const { network, api, ingress, ssh, certificates, people, mirrorPort, allow } = config;
  return {
    name,
    network,
    api,
    ingress,
    ssh,
    certificates,
    people,
    mirrorAddress: config.mirrorAddress ?? gatewayOf(network),
    mirrorPort,
    allow,
    nodes: resolveNodes(config, absolute),
  };
}
