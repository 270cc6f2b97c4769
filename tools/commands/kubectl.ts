import { stat } from "node:fs/promises";
import { accessPaths } from "../access.ts";
import { handOver } from "../handOver.ts";
import { findKubectl } from "../kubectl.ts";
import { labEntrance } from "../labEntrance.ts";
import { PersonError } from "../personError.ts";
import type { Command } from "./command.ts";

/** `lab kubectl` */
export const command: Command = {
  usage: "[--stack NAME] kubectl ARGUMENTS",
  help: "Runs kubectl, of the cluster's version, as the cluster's admin. All that follows is kubectl's.",
  takesAll: true,
  run: async ({ stack, terminal }, { rest }) => {
    const { kubeconfig } = accessPaths(stack);
    if (!(await stat(kubeconfig).catch(() => undefined))) {
      throw new PersonError(
        `the lab ${stack} has no kubeconfig yet; run \`./lab up\`, or \`./lab kubeconfig\` where it is up`,
      );
    }
    const enter = await labEntrance(stack);
    const argv = await enter([await findKubectl(), ...rest]);
    return handOver(argv, terminal, { ...process.env, KUBECONFIG: kubeconfig });
  },
};
