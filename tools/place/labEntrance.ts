import { readLabConfig } from "../pulumi/labConfig.ts";
import { type Enter, entrance, placeOfLab } from "./place.ts";

/**
 * Returns how commands enter a running lab. Starts nothing. @throws UserError if it does not run
 */
export async function labEntrance(stack: string): Promise<Enter> {
  return entrance(stack, await placeOfLab(stack, await readLabConfig(stack)));
}
