import { z } from "zod";
import { suggestion } from "../../base/wording.ts";
import { expected } from "./values.ts";

/** The zones as Node's ICU names them today. It takes older names of them too, and does not list those. */
const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")];

/** As the files in /usr/share/zoneinfo are called. ICU takes names in any case, and offsets, which are no files. */
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

/** People write the city alone, or miss a letter. */
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
