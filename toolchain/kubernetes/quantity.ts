import type { Value } from "../rpc/value.ts";

/** Paths of fields that contain quantities. */
const QUANTITY_PLACE =
  /(^|\.)(limits|requests|capacity|allocatable|hard|overhead|podFixed|sizeLimit|storage|divisor)\b/;

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** True if both are the same amount and `path` contains amounts; the server rewrites their form. */
export function isSameQuantity(path: string, one: Value, other: Value): boolean {
  if (!QUANTITY_PLACE.test(path)) return false;
  const amount = amountOf(one);
  return amount !== undefined && amount === amountOf(other);
}

function amountOf(value: Value): number | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkMGTPE]?i?)$/.exec(String(value));
  const factor = suffixes[match?.[2] ?? "none"];
  const number = Number(match?.[1]);
  if (factor === undefined || Number.isNaN(number)) return undefined;
  return Number((number * factor).toPrecision(15));
}
