import { ConfigError } from "../../../config/messages/problem.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import type { Surroundings } from "../../../config/resolve/surroundings.ts";

/** The errors of this lab; "none" if there are none. */
export function errorOf(raw: unknown, around: Surroundings): string {
  try {
    labFrom(raw, around);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.message;
    }
    throw error;
  }
  return "none";
}

/** The problems' lines without the first one, which counts them. */
export const linesOf = (raw: unknown, around: Surroundings): string[] =>
  errorOf(raw, around)
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
