import { stat } from "node:fs/promises";
import { UserError } from "../../../base/errors.ts";
import { handOver } from "../../../base/handOver.ts";
import { labCommand } from "../../../base/labCommand.ts";
import { accessPaths, kubectlEnvironment } from "../../access/access.ts";
import { findKubectl } from "../../access/kubectl.ts";
import { labEntrance } from "../../place/labEntrance.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab kubectl` */
export const runCommand: Implementation["runCommand"] = async ({ stack, terminal }, { rest }) => {
  const { kubeconfig } = accessPaths(stack);
  if (!(await stat(kubeconfig).catch(() => undefined))) {
    throw new UserError(
      `the lab ${stack} has no kubeconfig yet; run \`${labCommand(stack, "up")}\`, or \`${labCommand(stack, "kubeconfig")}\` if it is up`,
    );
  }
  const enter = await labEntrance(stack);
  const argv = await enter([await findKubectl(), ...rest]);
  const direct = await kubectlEnvironment(stack);
  return handOver(argv, terminal, { ...process.env, ...direct, KUBECONFIG: kubeconfig });
};
