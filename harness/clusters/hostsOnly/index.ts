import { existingMachines } from "../../../components/machines/existingMachines.ts";
import { Hosts } from "../../../components/os/operatingSystems.ts";
import { readLab } from "../../../components/readLab.ts";
import { planCluster } from "../../../plan/planCluster.ts";

// The beginning of the program on machines that exist, as far as they are ready for components.

const plan = planCluster(await readLab());
new Hosts("hosts", { plan, machines: new Map(existingMachines(plan)) });
