import type { FlaggedProgram } from "../../model/lab.ts";
import type { SetFlag } from "../../model/managed/flags.ts";
import type { Unmanaged } from "../../model/managed/unmanaged.ts";

export type Section = Readonly<Record<string, string | number | readonly string[]>>;

/** A systemd unit's sections: a service's, or a mount's. A list gives the key several times. */
export type Unit = { readonly Unit: Section } & (
  | { readonly Service: Section }
  | { readonly Mount: Section }
);

/** The unit file, enabled for multi-user.target. */
export function renderUnit(unit: Unit): string {
  const section = (name: string, keys: Section) =>
    `[${name}]\n${Object.entries(keys)
      .flatMap(([key, value]) =>
        (Array.isArray(value) ? value : [value]).map((one) => `${key}=${one}\n`),
      )
      .join("")}`;
  return [
    section("Unit", unit.Unit),
    "Service" in unit ? section("Service", unit.Service) : section("Mount", unit.Mount),
    section("Install", { WantedBy: "multi-user.target" }),
  ].join("\n");
}

type FlagValue = string | number | boolean;

/** A program's flags by name, without the dashes. */
export type Flags = Readonly<Record<string, FlagValue>>;

export interface AnyProgramFlags {
  readonly managed: Flags;
  readonly defaults: Flags;
}

/** The flags of a program to which the config may add others. */
export interface ProgramFlags<Program extends FlaggedProgram> extends AnyProgramFlags {
  /** Exactly those that `model/managed` declares, which the config may not set. */
  readonly managed: Readonly<Record<SetFlag<Program>, FlagValue>>;
  /** The config may override them. */
  readonly defaults: Unmanaged<SetFlag<Program>, FlagValue>;
}

/** A command line for ExecStart: the program, then a flag a line, sorted. Values hold no spaces. */
export const commandLine = (program: string, flags: Flags): string =>
  [program, ...flagLines(flags)].join(" \\\n  ");

/**
 * The same for a program to which the config may add flags.
 *
 * @param extra user-defined flags: they override the defaults, and come last, after a comment
 */
export function programLine(
  program: string,
  { managed, defaults }: AnyProgramFlags,
  extra: Flags = {},
): string {
  const kept = Object.entries(defaults).filter(([flag]) => !Object.hasOwn(extra, flag));
  const line = commandLine(program, { ...managed, ...Object.fromEntries(kept) });
  // systemd skips a comment line inside a command.
  return Object.keys(extra).length === 0
    ? line
    : `${line} \\\n  # Of flags in the lab's config:\n  ${flagLines(extra).join(" \\\n  ")}`;
}

const flagLines = (flags: Flags): string[] =>
  Object.entries(flags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([flag, value]) => {
      const text = String(value);
      if (/[\s"']/.test(text)) {
        throw new Error(`--${flag}=${text}: systemd would read this value differently`);
      }
      // In a command of systemd.service(5), these three are literal when doubled.
      return `--${flag}=${text.replaceAll(/[\\$%]/g, "$&$&")}`;
    });

/** Settings of every component's service: it is always restarted, without a limit. */
export const restarts = {
  Restart: "always",
  RestartSec: 2,
} as const;

/**
 * Sandboxing (`systemd.exec(5)`) for services that only read their files and use the network. Units
 * that need more access override some of these keys (kube-proxy, flanneld) or use only `restarts`
 * (kubelet, containerd, CRI-O).
 */
export const hardening = {
  CapabilityBoundingSet: "",
  LockPersonality: "true",
  MemoryDenyWriteExecute: "true",
  NoNewPrivileges: "true",
  PrivateDevices: "true",
  PrivateTmp: "true",
  ProtectClock: "true",
  ProtectControlGroups: "true",
  ProtectHome: "true",
  ProtectHostname: "true",
  ProtectKernelLogs: "true",
  ProtectKernelModules: "true",
  ProtectKernelTunables: "true",
  ProtectSystem: "strict",
  RestrictAddressFamilies: "AF_INET AF_INET6 AF_UNIX",
  RestrictNamespaces: "true",
  RestrictRealtime: "true",
  RestrictSUIDSGID: "true",
  SystemCallArchitectures: "native",
  UMask: "0077",
} as const;
