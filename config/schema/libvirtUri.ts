import { nearest } from "../../base/wording.ts";
import { text } from "./values.ts";

/**
 * A libvirt URI has two readers: virsh, which runs ssh, and Pulumi's libvirt provider, which has
 * its own SSH client. Parameters that one of them ignores or reads differently are rejected.
 * https://libvirt.org/uri.html#remote-uris
 * https://github.com/dmacvicar/terraform-provider-libvirt/blob/v0.8.3/libvirt/uri/ssh.go
 */

/** Transport, user and host, parameters. */
const form = /^qemu(?:\+([a-z0-9]+))?:\/\/([^/\s?]*)\/system(?:\?(\S*))?$/;

const example = "qemu+ssh://user@host/system";

/** The provider's transports. */
const transports = ["ssh", "tcp", "tls", "unix"];

/**
 * qemu+ssh parameters with one meaning for both. The last two configure virsh only; the provider
 * does not need them.
 */
const parameters = ["keyfile", "socket", "netcat", "proxy"];

/**
 * Parameters for host key checks. ssh reads only the first from a URI, and it disables the check.
 */
const ofHostKeys = ["no_verify", "known_hosts", "known_hosts_verify", "knownhosts"];

export const libvirtUri = text(`a libvirt URI like qemu:///system or ${example}`, form).superRefine(
  (uri, context) => {
    for (const message of libvirtUriFaults(uri)) context.addIssue({ code: "custom", message });
  },
);

/** All problems of a URI that matches the form. */
function libvirtUriFaults(uri: string): string[] {
  const [whole, transport = "", authority = "", query = ""] = form.exec(uri) ?? [];
  if (whole === undefined) {
    return [];
  }
  if (transport !== "" && !transports.includes(transport)) {
    return [
      `qemu+${transport} is supported by virsh only, Pulumi's libvirt provider supports ${transports.join(", ")}; write ${example}`,
    ];
  }
  return transport === "ssh" ? [...loginFaults(authority), ...parameterFaults(query)] : [];
}

function loginFaults(authority: string): string[] {
  const [, user, host = ""] = /^(?:(.*)@)?(.*)$/.exec(authority) ?? [];
  if (host === "") {
    return [`has no host name; write ${example}, or qemu:///system for this machine`];
  }
  if (user === undefined || user === "") {
    return [
      `has no user, and the provider does not read one from ~/.ssh/config; write qemu+ssh://root@${host}/system, for example`,
    ];
  }
  return user.includes(":")
    ? ["contains a password, which ssh does not read from a URI; log in with a key, and remove it"]
    : [];
}

const parameterFaults = (query: string): string[] =>
  [...new URLSearchParams(query)].flatMap(([name, value]) => {
    if (ofHostKeys.includes(name)) {
      return [
        `${name}: host key checks cannot be changed in the URI; remove it, and add the host's key to ~/.ssh/known_hosts`,
      ];
    }
    if (!parameters.includes(name)) {
      const near = nearest(name, parameters);
      return [
        `${name} does not have the same meaning for virsh and the provider; ${near === undefined ? `remove it; known parameters: ${parameters.join(", ")}` : `did you mean ${near}?`}`,
      ];
    }
    return name === "keyfile" && !/^(~?\/)[^$]+$/.test(value)
      ? [
          `keyfile ${value} is resolved differently by virsh and the provider; write an absolute path`,
        ]
      : [];
  });

/** True if the URI names another host. */
export const isElsewhere = (uri: string): boolean => !/^[^/]*:\/\/\//.test(uri);

/** The login of a qemu+ssh URI, as on ssh's command line. */
export function loginOf(uri: string): { user: string; host: string; port?: string } | undefined {
  const [, user = "", host = "", port] =
    /^qemu\+ssh:\/\/(?:([^@/]*)@)?(\[[^\]]*\]|[^:/]*)(?::(\d+))?\//.exec(uri) ?? [];
  return host === ""
    ? undefined
    : { user, host: host.replace(/^\[|\]$/g, ""), ...(port === undefined ? {} : { port }) };
}
