import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../../base/errors.ts";
import { labPaths } from "../../base/paths.ts";
import { suggestion } from "../../base/wording.ts";
import type { LabOutputs } from "./access.ts";

/** Where a person's kubeconfig is written to; outside the checkout. */
export const personKubeconfigPath = (stack: string, person: string): string =>
  join(labPaths(stack).kubeconfigs, person);

/** @throws UserError that names the people there are */
export function personKubeconfig(
  { kubeconfigs }: Pick<LabOutputs, "kubeconfigs">,
  stack: string,
  person: string,
): string {
  if (Object.hasOwn(kubeconfigs, person)) return kubeconfigs[person] ?? "";
  const people = Object.keys(kubeconfigs);
  throw new UserError({
    place: `person ${person}`,
    found: `nobody of that name in the lab${suggestion(person, people).replace("; did", ", did")}`,
    expected:
      people.length === 0 ? "somebody; the lab has no people" : `one of ${people.join(", ")}`,
    remedy: `write ${person} under people in Pulumi.${stack}.yaml, then \`./lab --stack ${stack} up\``,
  });
}

/** When the certificate in a kubeconfig ends. */
export function certificateEnd(kubeconfig: string): Date {
  const { users } = parse(kubeconfig) as {
    users: { user: { "client-certificate-data": string } }[];
  };
  const pem = Buffer.from(users[0]?.user["client-certificate-data"] ?? "", "base64");
  return new X509Certificate(pem).validToDate;
}

/** `valid until 2026-12-21 10:00 UTC`, or what to do where it is over. */
export function describeEnd(end: Date, now: Date = new Date()): string {
  const time = `${end.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return end > now
    ? `valid until ${time}; an \`up\` before that renews it`
    : `ended ${time}; \`./lab up\` renews it`;
}
