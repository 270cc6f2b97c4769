import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../../plan/clusterPlan.ts";
import type { Machine } from "../../remote/machine.ts";

/**
 * An existing machine is up or restarting: this allows a minute and a half if it refuses
 * connections, and minutes if it does not answer.
 */
const dialErrorLimit = 24;

/**
 * The existing machines of the config; none is created. A machine is identified by its address: if
 * its host key changes, its steps run again in place and change only what differs. Replacing the
 * steps instead would first remove a member's data.
 */
export function existingMachines(plan: ClusterPlan): [string, Machine][] {
  return plan.nodes.flatMap(({ name, address, machine }): [string, Machine][] => {
    if (machine.kind !== "existing") return [];
    const { port, user, hostKey, keyFile } = machine;
    const privateKey = pulumi.secret(readFileSync(keyFile, "utf8"));
    const login = { port, user, privateKey, hostKey, dialErrorLimit };
    return [[name, { name, address, ...login, identity: address }]];
  });
}
