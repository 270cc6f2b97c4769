import type { TrustedAuthority } from "../../model/lab.ts";
import { putFile, type StepScript } from "../remote/script.ts";

/** A file for each authority, named after its certificate's fingerprint. */
const directory = "/etc/hardway/authorities";

/** Units whose programs read the machine's trust store only at their start. */
const readers = ["containerd.service", "crio.service"];

/** The authorities that the machine's trust store was last built from. */
const record = "/var/lib/hardway/authorities";

/**
 * Debian's family has the one command, Fedora's the other; each has a directory for added
 * certificates.
 */
const store = `if command -v update-ca-certificates >/dev/null; then
  anchors=/usr/local/share/ca-certificates refresh='update-ca-certificates --fresh'
elif command -v update-ca-trust >/dev/null; then
  anchors=/etc/pki/ca-trust/source/anchors refresh='update-ca-trust extract'
else
  fail "the image has neither update-ca-certificates nor update-ca-trust; use an image with the package ca-certificates"
fi
`;

const restart = `# Containers go on meanwhile.
for unit in ${readers.join(" ")}; do
  if systemctl --quiet is-active "$unit"; then systemctl restart "$unit"; say "restarted $unit"; fi
done
`;

/**
 * The authorities that this machine trusts besides its image's own, in the system trust store that
 * curl and containerd use.
 */
export function renderTrust(authorities: readonly TrustedAuthority[]): StepScript {
  const files = authorities.map(
    ({ id, subject, pem }) => `# ${subject}\n${putFile(`${directory}/${id}.crt`, pem)}`,
  );
  const ids = authorities.map(({ id }) => id).join(" ");
  return {
    name: "trust",
    create: `# Whom this machine trusts when it speaks TLS to what is outside the lab, besides those that its image brought.
${store}${files.join("")}for file in ${directory}/*.crt; do
  id=\${file##*/} id=\${id%.crt}
  [[ " ${ids} " == *" $id "* ]] || { rm -f "$file" "$anchors/hardway-$id.crt"; say "removed $file"; }
done
for id in ${ids}; do link ${directory}/$id.crt "$anchors/hardway-$id.crt"; done
if [[ ! -e ${record} || $(<${record}) != '${ids}' ]]; then
  $refresh
  ${restart.trimEnd().replaceAll("\n", "\n  ")}
  place 644 root:root ${record} '${ids}'
fi
`,
    delete: `${store}rm -rf ${directory} ${record} "$anchors/hardway-"*.crt
$refresh
${restart}`,
  };
}
