import { describe, expect, test } from "vitest";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import {
  companyAuthority,
  companyAuthorityId,
  serverCertificate,
} from "../../../harness/program/certificates.ts";
import { describeProblems } from "./describeProblems.ts";
import { linesOf } from "./labErrors.ts";
import { fileOf, surroundings } from "./surroundings.ts";

describeProblems("what is outside", [
  {
    title: "a corporate network",
    yaml: `
      outside:
        proxy: http://proxy.example.org:3128
        direct: [.example.org, 192.0.2.0/24, intranet]
        registries:
          docker.io: ["https://registry.example.org/v2/docker-hub", "http://10.0.0.7:5000"]
          registry.example.org:5000: ["https://registry.example.org"]
          "*": ["https://registry.example.org"]
    `,
    problems: [],
  },
  {
    title: "a proxy that asks for a password, which is not shown",
    yaml: `outside: {proxy: "http://ada:secret@proxy.example.org:3128"}`,
    problems: [
      "outside.proxy: contains a user name or a password (not shown), which would be readable in scripts and units; use a proxy that authorizes the nodes by address",
    ],
  },
  {
    title: "a mirror that asks for one, which is not shown either",
    yaml: `outside: {registries: {docker.io: ["https://ada:secret@registry.example.org", "https://token@registry.example.org"]}}`,
    problems: [
      'outside.registries["docker.io"][0]: expected a mirror\'s URL like https://registry.example.org or https://registry.example.org/v2/docker-hub, got a URL with credentials (not shown); remove it, and create a new one if this one may have been disclosed',
      'outside.registries["docker.io"][1]: expected a mirror\'s URL like https://registry.example.org or https://registry.example.org/v2/docker-hub, got a URL with credentials (not shown); remove it, and create a new one if this one may have been disclosed',
    ],
  },
  {
    title: "no URLs and names",
    yaml: `
      outside:
        proxy: proxy.example.org:3128
        direct: ["*.example.org"]
        registries: {docker.io: registry.example.org, quay.io: [registry.example.org], ghcr.io: []}
    `,
    problems: [
      'outside.proxy: expected a proxy\'s URL like http://proxy.example.org:3128, got "proxy.example.org:3128"',
      'outside.direct[0]: expected a name, an address or a network like .example.org or 192.0.2.0/24, got "*.example.org"',
      'outside.registries["docker.io"]: expected a list of URLs like [https://registry.example.org], got "registry.example.org"',
      'outside.registries["quay.io"][0]: expected a mirror\'s URL like https://registry.example.org or https://registry.example.org/v2/docker-hub, got "registry.example.org"',
      'outside.registries["ghcr.io"]: expected at least one mirror',
    ],
  },
  {
    title: "addresses and ports that no URL has",
    yaml: `
      outside:
        proxy: http://proxy.example.org:99999
        registries: {docker.io: ["https://300.1.1.1"], "quay.io:70000": ["http://10.0.0.7:5000"]}
      machines: {image: {url: "https://300.1.1.1/a.qcow2", sha256: ${"ab".repeat(32)}}}
    `,
    problems: [
      'machines.image.url: expected an https:// or http:// URL or an absolute path, got "https://300.1.1.1/a.qcow2"',
      'outside.proxy: expected a proxy\'s URL like http://proxy.example.org:3128, got "http://proxy.example.org:99999"',
      'outside.registries["docker.io"][0]: expected a mirror\'s URL like https://registry.example.org or https://registry.example.org/v2/docker-hub, got "https://300.1.1.1"',
      'outside.registries["quay.io:70000"]: expected a registry as in images\' names, like docker.io, got "quay.io:70000"',
    ],
  },
  {
    title: "registries that no image's name begins with",
    yaml: `
      outside:
        registries:
          https://quay.io: ["https://registry.example.org"]
          docker.io/library: ["https://registry.example.org"]
          index.docker.io: ["https://registry.example.org"]
          registry-1.docker.io: ["https://registry.example.org"]
          hub.docker.com: ["https://registry.example.org"]
          http://a:5000/library: ["https://registry.example.org"]
          a/http://quay.io: ["https://registry.example.org"]
          localhosts: ["https://registry.example.org"]
          localhost: ["https://registry.example.org"]
          dockerhub: ["https://registry.example.org", "https://registry.example.org"]
    `,
    problems: [
      "outside.registries.dockerhub[1]: is the same as number 0; remove it",
      'outside.registries["https://quay.io"]: expected a registry as in images\' names, like docker.io, got "https://quay.io"; write quay.io',
      'outside.registries["docker.io/library"]: expected a registry as in images\' names, like docker.io, got "docker.io/library"; write docker.io',
      'outside.registries["index.docker.io"]: the names of Docker Hub images begin with docker.io, not index.docker.io; write docker.io',
      'outside.registries["registry-1.docker.io"]: the names of Docker Hub images begin with docker.io, not registry-1.docker.io; write docker.io',
      'outside.registries["hub.docker.com"]: the names of Docker Hub images begin with docker.io, not hub.docker.com; write docker.io',
      'outside.registries["http://a:5000/library"]: expected a registry as in images\' names, like docker.io, got "http://a:5000/library"; write a:5000',
      'outside.registries["a/http://quay.io"]: expected a registry as in images\' names, like docker.io, got "a/http://quay.io"',
      'outside.registries.localhosts: expected a registry as in images\' names, like docker.io, got "localhosts"',
      'outside.registries.dockerhub: expected a registry as in images\' names, like docker.io, got "dockerhub"',
    ],
  },
  {
    title: "a mirror that CRI-O can't ask",
    yaml: `
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, runtime: cri-o}}
      outside: {registries: {docker.io: ["https://registry.example.org/hub", "https://registry.example.org/v2/hub", "https://registry.example.org"]}}
    `,
    problems: [
      'outside.registries["docker.io"][0]: CRI-O supports only mirrors whose path begins with /v2/; write a URL like https://registry.example.org/v2/docker-hub',
    ],
  },
  {
    title: "a mirror that no node's CRI-O asks",
    yaml: `
      runtime: cri-o
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, runtime: containerd}}
      pools: {later: {count: 0, roles: [worker], firstAddress: 10.17.0.21}}
      outside: {registries: {docker.io: ["https://registry.example.org/hub"]}}
    `,
    problems: [],
  },
  {
    title: "exceptions from no proxy",
    yaml: `outside: {direct: [.example.org]}`,
    problems: ["outside.direct: has no effect without outside.proxy; remove it"],
  },
  {
    title: "words of other tools",
    yaml: `
      httpProxy: http://proxy.example.org:3128
      outside: {noProxy: [.example.org], mirrors: {}}
    `,
    problems: [
      "outside.noProxy: unknown key; did you mean outside.direct?",
      "outside.mirrors: unknown key; did you mean outside.registries?",
      "httpProxy: unknown key; did you mean outside.proxy?",
    ],
  },
]);

describe("authorities", () => {
  const cluster = { nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } } };
  const labOf = (authorities: readonly string[]) => ({ ...cluster, outside: { authorities } });
  const files = {
    "/src/hardway/company-ca.pem": fileOf(companyAuthority, 0o644),
    "/home/ada/both.pem": fileOf(`${serverCertificate}\n${companyAuthority}`, 0o644),
    "/home/ada/key.pem": fileOf(
      `${companyAuthority}-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n`,
      0o600,
    ),
    "/home/ada/ca.der": fileOf(Buffer.from([0x30, 0x82, 0x01, 0x0a]), 0o644),
    "/home/ada/cut.pem": fileOf(companyAuthority.replace(/\n.*\n(?=-----END)/, "\n"), 0o644),
  };
  const around = surroundings({}, files);

  test("from a file or from the config, each once", () => {
    const lab = labFrom(labOf(["company-ca.pem", companyAuthority]), around);
    expect(lab.outside.authorities).toEqual([
      {
        id: companyAuthorityId,
        subject: "O=Example Company CN=Example Company Root CA",
        pem: companyAuthority,
      },
    ]);
  });

  test("what is no authority's certificate is refused, all at once, and no key is shown", () => {
    const entries = ["gone.pem", "~/both.pem", "~/key.pem", "~/ca.der", "~/cut.pem"];
    expect(linesOf(labOf(entries), around)).toEqual([
      "outside.authorities[0]: /src/hardway/gone.pem does not exist; expected certificates in PEM",
      "outside.authorities[1]: /home/ada/both.pem holds the certificate of CN=registry.example.org, which is not a CA certificate; give the certificate that signed it",
      "outside.authorities[2]: /home/ada/key.pem holds a private key, which must not reach a node; keep only the certificate in it",
      "outside.authorities[3]: /home/ada/ca.der holds no certificate in PEM; openssl x509 -inform der -in FILE -out ca.pem converts one from DER",
      "outside.authorities[4]: /home/ada/cut.pem holds an invalid certificate; check whether it is complete",
    ]);
  });
});
