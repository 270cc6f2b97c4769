import { existingMachines } from "../../../components/machines/existingMachines.ts";
import { OperatingSystems } from "../../../components/os/operatingSystems.ts";
import { readPlan } from "../../../components/readLab.ts";

// The beginning of the program on machines that exist, as far as they are ready for components.

const plan = await readPlan();
new OperatingSystems("operating-systems", { plan, machines: new Map(existingMachines(plan)) });
