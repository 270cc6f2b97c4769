import { existingMachines } from "../../../components/machines/existing/existingMachines.ts";
import { OperatingSystems } from "../../../components/os/operatingSystems.ts";
import { readPlan } from "../../../components/readLab.ts";

// The program's first part on existing machines: everything that components need.

const plan = await readPlan();
new OperatingSystems("operating-systems", { plan, machines: new Map(existingMachines(plan)) });
