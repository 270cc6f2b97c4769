import type { RunResult } from "../../base/run.ts";

/** `virsh ARGS` at a libvirt. */
export function virshArgv(uri: string, args: readonly string[]): string[] {
  return ["virsh", "--quiet", "--connect", withoutQuestions(uri), ...args];
}

/**
 * ssh asks for passwords and whether to trust a host key at the terminal, past whoever started it: then `lab` would seem to
 * hang, and a key would be trusted on first use. Told so, it fails instead, and says why.
 */
export function withoutQuestions(uri: string): string {
  return uri.startsWith("qemu+ssh:") ? `${uri}${uri.includes("?") ? "&" : "?"}no_tty=1` : uri;
}

/** Why virsh failed, in all its words. */
export const saidBy = ({ stderr, failure }: RunResult): string => stderr.trim() || failure;
