import { UserError } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import { findLogin } from "./env.ts";
import { fileStacks } from "./fileStacks.ts";

/** True if the state is in files on this machine and has no such stack. */
export async function neverMade(stack: string): Promise<boolean> {
  const elsewhere =
    process.env.PULUMI_BACKEND_URL ?? process.env.PULUMI_ACCESS_TOKEN ?? (await findLogin());
  return elsewhere === undefined && !(await fileStacks()).includes(stack);
}

/** Keeps a command that only reads outputs from installing anything for a lab without outputs. */
export async function requireStack(stack: string): Promise<void> {
  if (await neverMade(stack)) {
    throw new UserError(`the lab ${stack} is not up; run \`${labCommand(stack, "up")}\``);
  }
}
