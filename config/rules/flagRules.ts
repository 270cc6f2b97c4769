import { quote, suggestion } from "../../base/wording.ts";
import { isAddress } from "../../model/addresses.ts";
import { type FlaggedProgram, flaggedPrograms } from "../../model/lab.ts";
import { managedFlagRemedy } from "../../model/managed/flags.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { recordedFlags } from "../schema/flags.ts";
import { amount, duration } from "../schema/settings.ts";
import { flagLimits } from "./flagLimits.ts";
import { flagPairFaults } from "./flagPairs.ts";
import { createsNoMachine, type NodeGroup } from "./nodeGroups.ts";
import { portRange } from "./ports.ts";
import { distinct, placeFaults } from "./settingRules.ts";

type Flags = Draft<NonNullable<ClusterConfig["flags"][FlaggedProgram]>>;

/** Flags that are unknown, managed by hardway, or set on a node that does not run the program. */
export function flagRules(
  { flags = {}, machines }: Draft<ClusterConfig>,
  groups: readonly NodeGroup[],
): ConfigProblem[] {
  const someHaveEtcd = groups.some(
    ({ count, settings }) => count !== 0 && settings.roles?.includes("etcd"),
  );
  return [
    ...flaggedPrograms.flatMap((program) =>
      programRules(["flags", program], program, flags[program]),
    ),
    ...groups.flatMap(({ keys, settings }) =>
      flaggedPrograms.flatMap((program) => {
        const own = settings.flags?.[program];
        const place = [...keys, "flags", program];
        const role = program === "etcd" && someHaveEtcd ? "etcd" : "control-plane";
        return own !== undefined && settings.roles?.includes(role) === false
          ? [
              problemAt(
                place,
                `no ${program} runs here; remove it, or give it to nodes with the role ${role}`,
              ),
            ]
          : programRules(place, program, own);
      }),
    ),
    ...pairRules({ flags, machines }, groups, someHaveEtcd),
  ];
}

/** Rules between flags of one program on one node, whose own flags override the cluster's. */
function pairRules(
  { flags = {}, machines }: Draft<ClusterConfig>,
  groups: readonly NodeGroup[],
  someHaveEtcd: boolean,
): ConfigProblem[] {
  return distinct(
    groups.flatMap(({ keys, settings }) =>
      flaggedPrograms
        .filter((program) =>
          settings.roles?.includes(program === "etcd" && someHaveEtcd ? "etcd" : "control-plane"),
        )
        .flatMap((program) => {
          const cluster = flags[program] ?? {};
          const own = settings.flags?.[program] ?? {};
          return placeFaults(
            {
              clusterPlace: ["flags", program],
              cluster,
              ownPlace: [...keys, "flags", program],
              own,
            },
            flagPairFaults(program, { ...cluster, ...own }, emulationOf(machines, groups)),
          );
        }),
    ),
  );
}

/** Whether some machine is emulated; undefined if that depends on the workstation. */
function emulationOf(
  machines: Draft<ClusterConfig>["machines"],
  groups: readonly NodeGroup[],
): boolean | undefined {
  if (createsNoMachine(groups)) return false;
  const own = Object.values(machines?.hypervisors ?? {}).map(
    (hypervisor) => hypervisor?.domainType ?? machines?.domainType,
  );
  const types = own.length === 0 ? [machines?.domainType] : own;
  if (types.every((type) => type === "kvm")) return false;
  return types.every((type) => type === "qemu") ? true : undefined;
}

function programRules(place: Keys, program: FlaggedProgram, flags: Flags = {}): ConfigProblem[] {
  return Object.entries(flags).flatMap(([flag, value]) => {
    // An invalid value is undefined here; the schema has reported it.
    const fault = value === undefined ? undefined : flagFault(program, flag, value);
    return fault === undefined ? [] : [problemAt([...place, flag], fault)];
  });
}

function flagFault(
  program: FlaggedProgram,
  flag: string,
  value: string | number | boolean,
): string | undefined {
  const { version, flags } = recordedFlags[program];
  const type: string | undefined = Object.hasOwn(flags, flag)
    ? flags[flag as keyof typeof flags]
    : undefined;
  if (type === undefined) {
    const bare = flag.replace(/^-+/, "");
    return bare !== flag && Object.hasOwn(flags, bare)
      ? `write ${bare}, without dashes`
      : `unknown flag: ${program} ${version} does not have it${suggestion(bare, Object.keys(flags))}`;
  }
  const remedy = managedFlagRemedy(program, flag);
  if (remedy !== undefined) {
    return `is managed by hardway: ${remedy}; remove it`;
  }
  return (
    valueFault(type, value) ??
    flagLimits[program][flag]?.(String(value)) ??
    admissionFault(flag, String(value))
  );
}

const quoted = (value: unknown): string =>
  typeof value === "string" && /^(true|false|\d+(\.\d+)?)$/.test(value)
    ? `; write ${value} without quotes`
    : "";

/** Why a value does not have a type, named as in the program's help. */
function valueFault(type: string, value: string | number | boolean): string | undefined {
  const form = forms[type];
  if (form !== undefined) {
    const [what, fits] = form;
    return fits(value) ? undefined : `expected ${what}, got ${quote(value)}${quoted(value)}`;
  }
  // systemd splits a command line at spaces and removes quotes.
  return /^[^\s"']+$/.test(String(value))
    ? undefined
    : `expected text without spaces and quotes, got ${quote(value)}`;
}

const whole = ["a whole number", Number.isInteger] as const;
const decimal = ["a number", (value: unknown) => typeof value === "number"] as const;

/** The form of a value by type, as named in the program's help; all other types are text. */
const forms: Readonly<Record<string, readonly [what: string, fits: (value: unknown) => boolean]>> =
  {
    bool: ["true or false", (value) => typeof value === "boolean"],
    int: whole,
    int32: whole,
    Level: whole,
    uint: ["a whole number, 0 or more", (value) => Number.isInteger(value) && Number(value) >= 0],
    float: decimal,
    float32: decimal,
    duration: ["a duration like 30s or 1h30m", (value) => duration.test(String(value))],
    portRange: [
      "a range of ports like 30000-32767",
      (value) => portRange(String(value)) !== undefined,
    ],
    quantity: ["an amount like 512Ki", (value) => amount(value) >= 0],
    ip: ["an IPv4 address like 10.17.0.11", (value) => isAddress(String(value))],
  };

/** Why the cluster would be less safe with these admission plugins. */
function admissionFault(flag: string, value: string): string | undefined {
  const names = value.split(",");
  if (flag === "enable-admission-plugins" && !names.includes("NodeRestriction")) {
    return `without NodeRestriction a kubelet may change other nodes; write NodeRestriction,${value}`;
  }
  return flag === "disable-admission-plugins" && names.includes("NodeRestriction")
    ? "without NodeRestriction a kubelet may change other nodes; remove it"
    : undefined;
}
