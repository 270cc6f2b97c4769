import { nearest } from "../../base/wording.ts";
import { text } from "./values.ts";

/**
 * Where a libvirt is, for two who read it each in their own way: virsh, which runs ssh, and Pulumi's libvirt provider, which
 * has an SSH client of its own. What one of them would pass over, or take for something else, is refused here.
 * https://libvirt.org/uri.html#remote-uris
 * https://github.com/dmacvicar/terraform-provider-libvirt/blob/v0.8.3/libvirt/uri/ssh.go
 */

/** Transport, user and host, parameters. */
const form = /^qemu(?:\+([a-z0-9]+))?:\/\/([^/\s?]*)\/system(?:\?(\S*))?$/;

const example = "qemu+ssh://user@host/system";

/** What the provider can go by. */
const transports = ["ssh", "tcp", "tls", "unix"];

/** Of qemu+ssh, what means one thing to both; the last two tell virsh alone how to do there what the provider need not. */
const parameters = ["keyfile", "socket", "netcat", "proxy"];

/** Which host keys count. ssh takes none of it from a URI but the first, which takes any. */
const ofHostKeys = ["no_verify", "known_hosts", "known_hosts_verify", "knownhosts"];

export const libvirtUri = text(`a libvirt URI like qemu:///system or ${example}`, form).superRefine(
  (uri, context) => {
    for (const message of libvirtUriFaults(uri)) context.addIssue({ code: "custom", message });
  },
);

/** Everything that is wrong with a URI of the right form. */
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

/** Whether it is another host's, as far as the URI tells. */
export const isElsewhere = (uri: string): boolean => !/^[^/]*:\/\/\//.test(uri);

/** Of qemu+ssh: who logs in where, as `ssh` has it on its command line. */
export function loginOf(uri: string): { user: string; host: string; port?: string } | undefined {
  const [, user = "", host = "", port] =
    /^qemu\+ssh:\/\/(?:([^@/]*)@)?(\[[^\]]*\]|[^:/]*)(?::(\d+))?\//.exec(uri) ?? [];
  return host === ""
    ? undefined
    : { user, host: host.replace(/^\[|\]$/g, ""), ...(port === undefined ? {} : { port }) };
}
