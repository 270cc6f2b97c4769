import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import { labPaths } from "../../base/paths.ts";
import { suggestion } from "../../base/wording.ts";
import type { LabOutputs } from "./access.ts";

/** The path of a user's kubeconfig, outside the checkout. */
export const personKubeconfigPath = (stack: string, person: string): string =>
  join(labPaths(stack).kubeconfigs, person);

/** @throws UserError that lists the existing users */
export function personKubeconfig(
  { kubeconfigs }: Pick<LabOutputs, "kubeconfigs">,
  stack: string,
  person: string,
): string {
  if (Object.hasOwn(kubeconfigs, person)) return kubeconfigs[person] ?? "";
  const people = Object.keys(kubeconfigs);
  throw new UserError({
    place: `user ${person}`,
    found: `no user of that name in the lab${suggestion(person, people).replace("; did", ", did")}`,
    expected: people.length === 0 ? "a user; the lab has no users" : `one of ${people.join(", ")}`,
    remedy: `write ${person} under people in Pulumi.${stack}.yaml, then run \`${labCommand(stack, "up")}\``,
  });
}

/** The expiry date of the certificate in a kubeconfig. */
export function certificateEnd(kubeconfig: string): Date {
  const { users } = parse(kubeconfig) as {
    users: { user: { "client-certificate-data": string } }[];
  };
  const pem = Buffer.from(users[0]?.user["client-certificate-data"] ?? "", "base64");
  return new X509Certificate(pem).validToDate;
}

/** `valid until 2026-12-21 10:00 UTC`, or how to renew an expired certificate. */
export function describeEnd(end: Date, stack: string, now: Date = new Date()): string {
  const up = labCommand(stack, "up");
  const time = `${end.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return end > now
    ? `valid until ${time}; \`${up}\` renews it before that`
    : `expired ${time}; \`${up}\` renews it`;
}
