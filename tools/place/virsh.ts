import type { RunResult } from "../../base/run.ts";

/** The command line of `virsh ARGS` at a libvirt URI. */
export function virshArgv(uri: string, args: readonly string[]): string[] {
  return ["virsh", "--quiet", "--connect", nonInteractive(uri), ...args];
}

/**
 * Prevents ssh from prompting for passwords and host keys at the terminal: `lab` would seem to
 * hang, and accept a host key on first use. ssh fails with a message instead.
 */
export function nonInteractive(uri: string): string {
  return uri.startsWith("qemu+ssh:") ? `${uri}${uri.includes("?") ? "&" : "?"}no_tty=1` : uri;
}

/** virsh's whole error message. */
export const virshMessage = ({ stderr, failure }: RunResult): string => stderr.trim() || failure;
