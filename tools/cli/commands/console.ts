import { UserError } from "../../../base/errors.ts";
import { handOver } from "../../../base/handOver.ts";
import { findNode } from "../../access/access.ts";
import { labEntrance } from "../../place/labEntrance.ts";
import { withoutQuestions } from "../../place/virsh.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab console` */
export const runCommand: Implementation["runCommand"] = async (
  { stack, terminal },
  { positionals: [name = ""] },
) => {
  const { guest } = await findNode(stack, name);
  if (guest === undefined) {
    throw new UserError(`${name} is a host that exists already: lab does not know its console`);
  }
  const { hypervisors } = await readLabConfig(stack);
  const own = hypervisors.find((hypervisor) => hypervisor.name === guest.hypervisor);
  const uri = own?.uri ?? "qemu:///system";
  const enter = await labEntrance(stack);
  terminal.say(`console of ${guest.domain}; Ctrl-] leaves it`);
  return handOver(
    await enter(["virsh", "--connect", withoutQuestions(uri), "console", guest.domain]),
    terminal,
  );
};
