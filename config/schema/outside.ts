import { z } from "zod";
import { RegistryMirror } from "../../model/registryMirror.ts";
import { expected, section, text } from "./values.ts";

/** Settings for corporate networks: proxy, custom CAs, registry mirrors. */

/** A name, an address or a network as in NO_PROXY; `.example.org` includes all subdomains. */
const directPattern = /^\.?[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(\/\d+)?$/;

/** Whether programs read it as a URL: a port above 65535 or the address 300.1.1.1 is none. */
const isUrl = (url: string): boolean => URL.canParse(url);

const proxyKind = {
  error: ({ input }: { readonly input?: unknown }) =>
    typeof input === "string" && input.includes("@")
      ? "contains a user name or a password (not shown), which would be readable in scripts and units; use a proxy that authorizes the nodes by address"
      : expected("a proxy's URL like http://proxy.example.org:3128").error({ input }),
};

const registryKind =
  "a mirror's URL like https://registry.example.org or https://registry.example.org/v2/docker-hub";

export const outsideSection = section("proxy, direct, authorities and registries", {
  proxy: z
    .string(proxyKind)
    .regex(/^https?:\/\/[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:\d{1,5})?$/, proxyKind)
    .refine(isUrl, proxyKind)
    .optional()
    .describe("HTTP proxy that nodes use for downloads and images"),
  direct: z
    .array(
      text("a name, an address or a network like .example.org or 192.0.2.0/24", directPattern),
      expected("a list of names and networks like [.example.org]"),
    )
    .default([])
    .describe("Names and networks that bypass the proxy, in addition to the lab's own"),
  authorities: z
    .array(
      text("a certificate in PEM, or the path of a file that holds some"),
      expected("a list of certificates or paths like [company-ca.pem]"),
    )
    .default([])
    .describe("Custom CA certificates that nodes trust: PEM, or paths relative to the checkout"),
  registries: z
    .record(
      z.string(),
      z
        .array(
          text(registryKind, RegistryMirror.format)
            .refine(isUrl, expected(registryKind))
            .transform((url) => RegistryMirror.parse(url)),
          expected("a list of URLs like [https://registry.example.org]"),
        )
        .min(1, "expected at least one mirror")
        .describe("Mirror URLs, in order of preference"),
      expected("a mapping of registries like docker.io to lists of mirrors"),
    )
    .prefault({})
    .describe(
      "Registry mirrors, tried after the lab's own; `*` means all registries that are not listed",
    ),
});
