import { readLabConfig } from "../pulumi/labConfig.ts";
import { type Enter, entrance, placeOfLab } from "./place.ts";

/** How commands get to a lab that is up, without starting anything. @throws UserError where it does not run */
export async function labEntrance(stack: string): Promise<Enter> {
  return entrance(stack, await placeOfLab(stack, await readLabConfig(stack)));
}
