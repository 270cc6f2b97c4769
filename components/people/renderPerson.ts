import { nodeYaml } from "../../base/nodeYaml.ts";
import type { PersonPlan } from "../../plan/people.ts";
import { ask, kubectl } from "../controlplane/kubectl.ts";
import type { StepScript } from "../remote/script.ts";

const directoryOf = ({ name }: PersonPlan): string => `/var/lib/hardway/people/${name}`;

/**
 * The request's path on a control plane. It arrives on standard input, since its content is only
 * known while the graph runs.
 */
export const requestPath = (person: PersonPlan): string => `${directoryOf(person)}/request.yaml`;

/** The request's name in the cluster. */
export const requestName = ({ name }: PersonPlan): string => `hardway-${name}`;

/**
 * A CertificateSigningRequest:
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 *
 * @param requestPem PKCS #10
 * @param termBegan RFC 3339; gives each term its own request
 */
export function renderRequest(person: PersonPlan, requestPem: string, termBegan: string): string {
  return nodeYaml(
    {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: {
        name: requestName(person),
        annotations: { "hardway.io/term-began": termBegan },
      },
      spec: {
        signerName: "kubernetes.io/kube-apiserver-client",
        expirationSeconds: person.validityHours * 3600,
        usages: ["digital signature", "client auth"],
        request: Buffer.from(requestPem).toString("base64"),
      },
    },
    { lineWidth: 0 },
  );
}

/**
 * A user's certificate. The step runs on any control plane, with the administrator's kubeconfig.
 *
 * The cluster deletes a request an hour after it was signed, so the certificate is kept beside its
 * request: run again, the step prints the same certificate.
 */
export function renderPerson(person: PersonPlan): StepScript {
  const { name } = person;
  const directory = directoryOf(person);
  const request = requestPath(person);
  return {
    name: `person-${name}`,
    create: `# ${name}'s certificate: asked for and approved through the API, so that the audit log has both.
# Standard output is for the certificate alone.
exec 3>&1 1>&2
put_secrets
digest=$(sha256sum ${request}); digest=\${digest%% *}
certificate=${directory}/$digest.crt
if [[ ! -s $certificate ]]; then
  # What stands there under this name is an earlier term's, an interrupted run's, or somebody else's: it is not approved.
  file_request() { ${kubectl} delete --filename ${request} --ignore-not-found && ${kubectl} create --filename ${request}; }
  ${ask} file_request
  ${ask} ${kubectl} certificate approve --filename ${request}
  if ! wait_for 300 "${name}'s certificate" ${kubectl} wait --for 'jsonpath={.status.certificate}' --filename ${request} --timeout 60s; then
    ${kubectl} describe --filename ${request} || true
    fail "${name}'s certificate was not signed within 300 s; the controller manager says why: journalctl --unit kube-controller-manager"
  fi
  ${ask} ${kubectl} get --filename ${request} --output 'jsonpath={.status.certificate}'
  signed=$(base64 --decode <<<"$answer")
  rm -f ${directory}/*.crt
  place 644 root:root "$certificate" "$signed"$'\\n'
fi
cat "$certificate" >&3
`,
    delete: `${ask} ${kubectl} delete certificatesigningrequest ${requestName(person)} --ignore-not-found
rm -rf ${directory}
`,
  };
}

/** The certificate in the step's output, PEM. @throws if there is none */
export function certificateIn(printed: string, { name }: PersonPlan): string {
  const [pem] = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(printed) ?? [];
  if (pem === undefined) {
    throw new Error(`the step of ${name} printed no certificate; replace ${name}-certificate`);
  }
  return `${pem}\n`;
}
