import { isIP } from "node:net";
import { posix } from "node:path";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { quote, suggestion } from "../../base/wording.ts";
import { Ipv4Address, Ipv4Network, isAddress, isNetwork } from "../../model/addresses.ts";
import type { ServerName } from "../../model/lab.ts";
import { publicKeyFault } from "./publicKey.ts";

/** Value types of the config. Each error has the expected form and the actual value. */

interface Fault {
  readonly code?: string | undefined;
  readonly input?: unknown;
}

/**
 * The error of a value: `expected <what>, got <value>`, followed by the result of `remedy`. Unknown
 * keys of a mapping are reported separately (`shapeProblems.ts`).
 */
export function expected(what: string, remedy: (input: unknown) => string = () => "") {
  return {
    error: ({ code, input }: Fault) =>
      code === "unrecognized_keys"
        ? undefined
        : `expected ${what}, got ${quote(input)}${remedy(input)}`,
  };
}

/** A mapping with these keys and no others. */
export const section = <Shape extends z.ZodRawShape>(what: string, shape: Shape) =>
  z.strictObject(shape, expected(`a mapping with ${what}`));

const versionSix = (input: unknown): string =>
  typeof input === "string" && (ipaddr.IPv6.isValid(input) || ipaddr.IPv6.isValidCIDR(input))
    ? "; only IPv4 is supported"
    : "";

const addressKind = expected("an IPv4 address like 10.17.0.11", (input) =>
  typeof input === "string" && isNetwork(input) ? "; remove the prefix length" : versionSix(input),
);

export const address = z
  .string(addressKind)
  .refine(isAddress, addressKind)
  .meta({
    description: "An IPv4 address",
    examples: ["10.17.0.11"],
    pattern: String.raw`^\d+\.\d+\.\d+\.\d+$`,
  })
  .transform((text) => Ipv4Address.parse(text));

const networkKind = expected("an IPv4 network like 10.17.0.0/24", (input) =>
  typeof input === "string" && isAddress(input)
    ? `; write ${input}/16, for example`
    : versionSix(input),
);

const firstAddressOf = (cidr: string): string =>
  ipaddr.IPv4.networkAddressFromCIDR(cidr).toString();

export const network = z
  .string(networkKind)
  .refine(isNetwork, { ...networkKind, abort: true })
  .refine((text) => firstAddressOf(text) === text.split("/")[0], {
    error: ({ input }) => {
      const text = String(input);
      return `${text} has host bits set; write ${firstAddressOf(text)}/${text.split("/")[1] ?? ""}`;
    },
  })
  .meta({ pattern: String.raw`^\d+\.\d+\.\d+\.\d+/\d+$`, examples: ["10.17.0.0/24"] })
  .transform((cidr) => Ipv4Network.parse(cidr));

/**
 * Suggests `2048` for "2 GiB" in a key in MiB: a common mistake, as the unit is part of the key's
 * name.
 */
function inUnit(unit: string, input: unknown): string {
  if (typeof input !== "string") return "";
  const [, amount, written] = /^\s*(\d+)\s*(Mi?B?|Gi?B?)?\s*$/i.exec(input) ?? [];
  if (amount === undefined) return "";
  const perMiB = written?.toUpperCase().startsWith("G") ? 1024 : 1;
  const factor = { MiB: perMiB, GiB: perMiB / 1024 }[unit];
  if (written === undefined || factor === undefined) {
    return written === undefined ? `; write ${amount} without quotes` : "";
  }
  const value = Number(amount) * factor;
  return Number.isInteger(value) ? `; write ${value}` : "";
}

/** A whole number of a unit, both bounds included. */
export function integer(unit: string, least: number, most: number) {
  const kind = expected(`a whole number of ${unit} from ${least} to ${most}`, (input) =>
    inUnit(unit, input),
  );
  return z.int(kind).min(least, kind).max(most, kind);
}

const portKind = expected("a TCP port from 1 to 65535");
export const port = z.int(portKind).min(1, portKind).max(65_535, portKind);

/** One of several names. */
export function choice<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(
    names,
    expected(`one of ${names.join(", ")}`, (input) =>
      typeof input === "string" ? suggestion(input, names) : "",
    ),
  );
}

/** Text that matches a form; `what` completes the sentence "expected …". */
export function text(what: string, form: RegExp = /\S/) {
  return z.string(expected(what)).regex(form, expected(what));
}

const pathKind = expected("an absolute path like /var/lib/libvirt/hardway");
export const directory = z
  .string(pathKind)
  .refine((path) => /^\/[^\n]*[^/\n]$/.test(path) && posix.normalize(path) === path, pathKind);

const names = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const nameKind = expected("a lower-case DNS name like api.example.org or an IP address");

/** A name or address that a server's certificate can be valid for. */
export const serverName = z
  .string(nameKind)
  .refine(
    (name) =>
      /^[0-9.]+$/.test(name)
        ? isAddress(name)
        : ipaddr.IPv6.isValid(name) || (names.test(name) && name.length <= 253),
    nameKind,
  )
  .meta({ examples: ["api.example.org"] })
  .transform((text): ServerName => ({ kind: isIP(text) === 0 ? "dns" : "ip", text }));

/**
 * An SSH public key of one of these types. An invalid key may be a private key, so it is never
 * shown.
 */
export function publicKey(types: readonly string[], like: string) {
  const sentence = (input: unknown) =>
    `expected a public SSH key like ${like}; ${publicKeyFault(input, types) ?? ""}`;
  return z
    .string({ error: ({ input }) => sentence(input) })
    .trim()
    .refine((key) => publicKeyFault(key, types) === undefined, {
      error: ({ input }) => sentence(input),
    });
}
