import { Hosts } from "../../../../components/host/hosts.ts";
import { existingMachines } from "../../../../components/remote/existingHost.ts";
import { readLab } from "../../../../config.ts";
import { planCluster } from "../../../../plan.ts";

// The beginning of the program on machines that exist, as far as they are ready for components.

const plan = planCluster(await readLab());
new Hosts("hosts", { plan, machines: new Map(existingMachines(plan)) });
