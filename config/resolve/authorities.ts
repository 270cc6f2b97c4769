import { X509Certificate } from "node:crypto";
import type { TrustedAuthority } from "../../model/lab.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import { expandPath } from "./keyFile.ts";
import type { Resolved, Surroundings } from "./surroundings.ts";

/** The authorities that the config names, by their certificates in it or in files; each once. */
export function resolveAuthorities(
  entries: readonly string[],
  around: Pick<Surroundings, "home" | "directory" | "read">,
): Required<Resolved<readonly TrustedAuthority[]>> {
  const authorities = new Map<string, TrustedAuthority>();
  const problems: ConfigProblem[] = [];
  for (const [index, entry] of entries.entries()) {
    const problem = (message: string) => {
      problems.push(problemAt(["outside", "authorities", index], message));
    };
    const found = textOf(entry, around);
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
        `${found.name} holds a private key, which no node may have; leave the certificate alone in it`,
      );
    } else if (blocksOf(found.text).length === 0) {
      problem(
        `${found.name} holds no certificate in PEM; openssl x509 -inform der -in FILE -out ca.pem makes it of one in DER`,
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
  const path = expandPath(entry, home, directory);
  const file = read(path);
  return file.kind === "text"
    ? { name: path, text: file.text }
    : { fault: `${path} ${file.why}; expected certificates in PEM` };
}

const blocksOf = (text: string): string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];

/** The authority, or what is wrong with its certificate, behind the name of where it stands. */
function authorityIn(block: string): TrustedAuthority | string {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch {
    return "holds what is no certificate; was it cut short?";
  }
  const subject = certificate.subject.replaceAll(/\s+/g, " ");
  if (!certificate.ca) {
    return `holds the certificate of ${subject}, which is no authority's: it may not sign others; give the one that signed it`;
  }
  const id = certificate.fingerprint256.replaceAll(":", "").toLowerCase().slice(0, 12);
  return { id, subject, pem: certificate.toString() };
}
