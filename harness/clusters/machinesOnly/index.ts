import { Guests } from "../../../components/machines/guests/guests.ts";
import { Authorities } from "../../../components/pki/authorities.ts";
import { HostKeys } from "../../../components/pki/hostKeys.ts";
import { readPlan } from "../../../components/readLab.ts";
import { guestNodes } from "../../../plan/nodes.ts";

// The program's first part, up to the machines, which no step logs in to. `--target` cannot limit
// it to that part, because Pulumi creates every provider, and the cluster's waits for an API
// server.

const plan = await readPlan();
const authorities = new Authorities("authorities", { plan });
const hostKeys = new HostKeys("host-keys", { nodes: guestNodes(plan) });
new Guests("guests", { plan, userKey: authorities.sshUser, hostKeys: hostKeys.byNode });
