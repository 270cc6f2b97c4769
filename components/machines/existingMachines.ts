import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { Machine } from "../remote/machine.ts";

/** It is there already, so it answers or restarts just now: a minute and a half where it refuses, minutes where it is silent. */
const dialErrorLimit = 24;

/**
 * The machines that a person names: nothing is made. A machine is known by its address: with another host key its steps
 * run again where they are, which leaves alone what is right; replaced, they would first remove a member's data.
 */
export function existingMachines(plan: ClusterPlan): [string, Machine][] {
  return plan.nodes.flatMap(({ name, address, machine }): [string, Machine][] => {
    if (!("host" in machine)) {
      return [];
    }
    const { port, user, hostKey, keyFile } = machine.host;
    const privateKey = pulumi.secret(readFileSync(keyFile, "utf8"));
    const login = { port, user, privateKey, hostKey, dialErrorLimit };
    return [[name, { name, address, ...login, identity: address }]];
  });
}
