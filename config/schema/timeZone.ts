import { z } from "zod";
import { suggestion } from "../../base/wording.ts";
import { expected } from "./values.ts";

/** The zones that Node's ICU lists. It also accepts older names, which it does not list. */
const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")];

/**
 * The form of file names in /usr/share/zoneinfo. ICU also accepts any case, and offsets, which are
 * not files.
 */
const form = /^[A-Z][\w+-]*(\/[A-Z][\w+-]*)*$/;

function isZone(name: string): boolean {
  if (zones.includes(name)) {
    return true;
  }
  if (!form.test(name) || zones.some((zone) => zone.toLowerCase() === name.toLowerCase())) {
    return false;
  }
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Users often write only the city, or misspell it. */
function meant(input: unknown): string {
  if (typeof input !== "string") {
    return "";
  }
  const city = `/${input.trim().toLowerCase().replaceAll(" ", "_")}`;
  const zone = zones.find((one) => one.toLowerCase().endsWith(city));
  return zone === undefined ? suggestion(input, zones) : `; did you mean ${zone}?`;
}

const kind = expected("a time zone like Europe/Berlin or UTC", meant);

/** A name of the IANA time zone database. */
export const timeZone = z
  .string(kind)
  .refine(isZone, kind)
  .meta({ examples: ["Europe/Berlin"], pattern: form.source });
