import { suggestion } from "../../base/wording.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import { hypervisorsOf } from "../resolve/hypervisors.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { isElsewhere } from "../schema/libvirtUri.ts";
import type { NodeGroup } from "./nodeGroups.ts";
import { namePatternRules } from "./nodeRules.ts";

type Config = Draft<ClusterConfig>;

/** Every broken rule about hypervisors. */
export function hypervisorRules(config: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  const { machines = {} } = config;
  return [
    ...(machines.hypervisors === undefined ? [] : setRules(machines)),
    ...networkRules(config, groups),
    // If the mapping itself is invalid, the names in it are unknown.
    ...("hypervisors" in machines && machines.hypervisors === undefined
      ? []
      : groups.flatMap((group) => placeRules(Object.keys(machines.hypervisors ?? {}), group))),
  ];
}

function setRules({ libvirt, hypervisors = {} }: NonNullable<Config["machines"]>): ConfigProblem[] {
  const entries = Object.entries(hypervisors);
  return [
    ...(libvirt === undefined
      ? []
      : [
          problemAt(
            ["machines", "libvirt"],
            "conflicts with machines.hypervisors; remove one of the two",
          ),
        ]),
    ...(entries.length === 0
      ? [
          problemAt(
            ["machines", "hypervisors"],
            "is empty; add a hypervisor, or remove it to run the VMs at qemu:///system",
          ),
        ]
      : []),
    ...entries.flatMap(([name, own]) => {
      const [first] = entries.find(([, other]) => other?.libvirt === own?.libvirt) ?? [name];
      const keys = ["machines", "hypervisors", name];
      return [
        ...namePatternRules(keys, name),
        ...(own?.libvirt === undefined || first === name
          ? []
          : [
              problemAt(
                [...keys, "libvirt"],
                `${own.libvirt} is also the URI of ${first}, and their disks would have the same names; remove one of the two`,
              ),
            ]),
      ];
    }),
  ];
}

/**
 * Each hypervisor has its own NAT network: guests can connect out, but only their hypervisor
 * reaches them.
 */
function networkRules(config: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  const { machines = {}, network = {} } = config;
  if ("bridge" in network) {
    return [];
  }
  const entries = Object.entries(machines.hypervisors ?? {});
  const own = entries.flatMap(([name, hypervisor = {}]) =>
    "bridge" in hypervisor
      ? [
          problemAt(
            ["machines", "hypervisors", name, "bridge"],
            "overrides network.bridge, which is not set; set that too",
          ),
        ]
      : [],
  );
  if (entries.length > 1) {
    return [
      problemAt(
        ["network", "bridge"],
        `machines of ${entries.map(([name]) => name).join(" and ")} would be in separate networks and not reach each other; write the bridge on these hypervisors that is connected to network.nodes, like br0`,
      ),
      ...own,
    ];
  }
  const [{ uri } = { uri: undefined }] = hypervisorsOf(config);
  const makesMachines = groups.some(({ settings }) => !("host" in settings));
  return own.length > 0 || uri === undefined || !isElsewhere(uri) || !makesMachines
    ? own
    : [
        problemAt(
          ["network", "bridge"],
          `VMs at ${uri} would be behind NAT there and unreachable from this machine; write the bridge on that hypervisor that is connected to network.nodes, like br0`,
        ),
      ];
}

function placeRules(names: readonly string[], group: NodeGroup): ConfigProblem[] {
  const { keys, settings, pooled, count } = group;
  const key = pooled ? "hypervisors" : "hypervisor";
  const chosen = settings[key];
  if (settings.host !== undefined) {
    return chosen === undefined
      ? []
      : [problemAt([...keys, key], "an existing machine has no hypervisor; remove it")];
  }
  if (chosen === undefined) {
    return names.length < 2 || key in settings || count === 0
      ? []
      : [
          problemAt(
            [...keys, key],
            `required, because there are several hypervisors (${names.join(", ")}); write ${pooled ? "one or several, like" : "one, like"} ${pooled ? `[${names.join(", ")}]` : (names[0] ?? "")}`,
          ),
        ];
  }
  const asked = typeof chosen === "string" ? [chosen] : chosen;
  return asked.flatMap((name, index) =>
    names.includes(name)
      ? []
      : [
          problemAt(
            pooled ? [...keys, key, index] : [...keys, key],
            names.length === 0
              ? `${name} is unknown, because machines.hypervisors is not set; add it there, or remove this`
              : `${name} is not one of machines.hypervisors ${names.join(", ")}${suggestion(name, names)}`,
          ),
        ],
  );
}
