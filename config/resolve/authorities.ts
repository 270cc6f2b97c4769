import { X509Certificate } from "node:crypto";
import { shown } from "../../base/wording.ts";
import type { TrustedAuthority } from "../../model/lab.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import { expandPath } from "./keyFile.ts";
import type { Resolved, Surroundings } from "./surroundings.ts";

/**
 * The authorities in the config, as certificates or as files of certificates; duplicates removed.
 */
export function resolveAuthorities(
  entries: readonly string[],
  surroundings: Pick<Surroundings, "home" | "directory" | "read">,
): Required<Resolved<readonly TrustedAuthority[]>> {
  const authorities = new Map<string, TrustedAuthority>();
  const problems: ConfigProblem[] = [];
  for (const [index, entry] of entries.entries()) {
    const problem = (message: string) => {
      problems.push(problemAt(["outside", "authorities", index], message));
    };
    const found = textOf(entry, surroundings);
    if ("fault" in found) {
      problem(found.fault);
      continue;
    }
    for (const block of blocksOf(found.text)) {
      const authority = authorityIn(block);
      if (typeof authority === "string") problem(`${found.name} ${authority}`);
      else authorities.set(authority.id, authority);
    }
    if (found.text.includes("PRIVATE KEY-----")) {
      problem(
        `${found.name} holds a private key, which must not reach a node; keep only the certificate in it`,
      );
    } else if (blocksOf(found.text).length === 0) {
      problem(
        `${found.name} holds no certificate in PEM; openssl x509 -inform der -in FILE -out ca.pem converts one from DER`,
      );
    }
  }
  return { value: [...authorities.values()], problems };
}

type Found = { readonly name: string; readonly text: string } | { readonly fault: string };

function textOf(
  entry: string,
  { home, directory, read }: Pick<Surroundings, "home" | "directory" | "read">,
): Found {
  if (entry.includes("-----BEGIN ")) return { name: "this", text: entry };
  const file = read(expandPath(entry, home, directory));
  const path = shown(expandPath(entry, home, directory));
  return file.kind === "text"
    ? { name: path, text: file.text }
    : { fault: `${path} ${file.why}; expected certificates in PEM` };
}

const blocksOf = (text: string): string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];

/** The authority, or what is wrong with its certificate; the caller puts the place in front. */
function authorityIn(block: string): TrustedAuthority | string {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch {
    return "holds an invalid certificate; check whether it is complete";
  }
  const subject = certificate.subject.replaceAll(/\s+/g, " ");
  if (!certificate.ca) {
    return `holds the certificate of ${subject}, which is not a CA certificate; give the certificate that signed it`;
  }
  const id = certificate.fingerprint256.replaceAll(":", "").toLowerCase().slice(0, 12);
  return { id, subject, pem: certificate.toString() };
}
