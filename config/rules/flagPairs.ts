import type { FlaggedProgram } from "../../model/lab.ts";
import { seconds } from "../schema/settings.ts";
import { suitesFault } from "./kubeletSettings.ts";
import { faultAt, type SettingFault } from "./settingRules.ts";

/** A program's flags as the user set them; an invalid one is undefined. */
type Flags = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Rules between flags of one program: its own validation, for flags that it does not check alone.
 *
 * @param emulation whether the machines are emulated, which changes hardway's own flags; unset if
 *   only the workstation knows, and then a fault is one either way
 */
export function flagPairFaults(
  program: FlaggedProgram,
  flags: Flags,
  emulation: boolean | undefined,
): readonly SettingFault[] {
  if (emulation !== undefined) return [...faultsOf(program, flags, emulation)];
  const emulated = [...faultsOf(program, flags, true)].map(({ at }) => JSON.stringify(at));
  return [...faultsOf(program, flags, false)].filter(({ at }) =>
    emulated.includes(JSON.stringify(at)),
  );
}

function* faultsOf(
  program: FlaggedProgram,
  flags: Flags,
  isEmulated: boolean,
): Generator<SettingFault> {
  switch (program) {
    case "etcd":
      yield* etcdFaults(flags, isEmulated);
      break;
    case "kube-apiserver":
      yield* apiServerFaults(flags);
      yield* suiteFaults(flags);
      break;
    case "kube-controller-manager":
    case "kube-scheduler":
      yield* leaderFaults(flags, isEmulated);
      yield* suiteFaults(flags);
  }
}

function* suiteFaults(flags: Flags): Generator<SettingFault> {
  const suites = flags["tls-cipher-suites"];
  const fault =
    suites === undefined || flags["disable-http2-serving"] === true
      ? undefined
      : suitesFault(String(suites).split(","), flags["tls-min-version"]);
  if (fault !== undefined) yield faultAt(fault, "tls-cipher-suites");
}

/** The lists of a flag; a flag that is not set is empty. */
const listOf = (value: Flags[string]): string[] =>
  value === undefined ? [] : String(value).split(",");

/** pkg/controlplane/apiserver/options/validation.go and k8s.io/apiserver's pkg/server/options. */
function* apiServerFaults(flags: Flags): Generator<SettingFault> {
  const disabled = listOf(flags["disable-admission-plugins"]);
  for (const plugin of listOf(flags["enable-admission-plugins"])) {
    if (disabled.includes(plugin)) {
      yield faultAt(
        `${plugin} is in enable-admission-plugins and in disable-admission-plugins; remove it from one`,
        "disable-admission-plugins",
        "enable-admission-plugins",
      );
    }
  }
  yield* oidcFaults(flags);
  const inFlight = ["max-requests-inflight", "max-mutating-requests-inflight"];
  if (
    Number(flags["max-requests-inflight"] ?? 400) +
      Number(flags["max-mutating-requests-inflight"] ?? 200) ===
    0
  ) {
    yield faultAt(
      `${inFlight.join(" and ")} are both 0, so no request is served; raise one`,
      ...inFlight,
    );
  }
  for (const kind of ["log", "webhook"]) {
    const mode = flags[`audit-${kind}-mode`] ?? (kind === "log" ? "blocking" : "batch");
    for (const part of ["buffer-size", "max-size", "throttle-burst", "throttle-qps"]) {
      const flag = `audit-${kind}-batch-${part}`;
      const isThrottle = part.startsWith("throttle");
      const isUsed = !isThrottle || flags[`audit-${kind}-batch-throttle-enable`] !== false;
      if (mode === "batch" && isUsed && flags[flag] !== undefined && Number(flags[flag]) <= 0) {
        yield faultAt(`expected a number above 0, got ${String(flags[flag])}; raise it`, flag);
      }
    }
  }
  yield* orderFaults(flags, [
    ["coordinated-leadership-lease-duration", "15s"],
    ["coordinated-leadership-renew-deadline", "10s"],
    ["coordinated-leadership-retry-period", "2s"],
  ]);
}

function* oidcFaults(flags: Flags): Generator<SettingFault> {
  const names = Object.keys(flags).filter(
    (flag) => flag.startsWith("oidc-") && flags[flag] !== undefined,
  );
  const [first] = names;
  if (first === undefined) return;
  if (flags["authentication-config"] !== undefined) {
    yield faultAt(
      "authentication-config excludes the flags oidc-…; remove one or the others",
      first,
    );
    return;
  }
  const missing = ["oidc-issuer-url", "oidc-client-id"].filter((flag) => flags[flag] === undefined);
  if (missing.length > 0) {
    yield faultAt(`${first} needs ${missing.join(" and ")}; set them, or remove it`, first);
  }
}

/** Durations that must each be longer than the next; each with its default. */
function* orderFaults(
  flags: Flags,
  order: readonly (readonly [flag: string, fallback: string])[],
): Generator<SettingFault> {
  for (const [index, [longer, longerDefault]] of order.entries()) {
    const next = order[index + 1];
    if (next === undefined) return;
    const [shorter, shorterDefault] = next;
    const [long, short] = [flags[longer] ?? longerDefault, flags[shorter] ?? shorterDefault];
    if (seconds(long) <= seconds(short)) {
      yield faultAt(
        `${longer} ${String(long)} must be longer than ${shorter} ${String(short)}; raise it, or lower the other`,
        longer,
        shorter,
      );
    }
  }
}

/** k8s.io/component-base config/validation, and client-go's NewLeaderElector. */
function* leaderFaults(flags: Flags, isEmulated: boolean): Generator<SettingFault> {
  const [lease, renew, retry] = isEmulated ? ["60s", "40s", "5s"] : ["15s", "10s", "2s"];
  yield* orderFaults(flags, [
    ["leader-elect-lease-duration", lease],
    ["leader-elect-renew-deadline", renew],
  ]);
  const deadline = flags["leader-elect-renew-deadline"] ?? renew;
  const period = flags["leader-elect-retry-period"] ?? retry;
  if (seconds(deadline) <= 1.2 * seconds(period)) {
    yield faultAt(
      `leader-elect-renew-deadline ${String(deadline)} must be longer than 1.2 times leader-elect-retry-period ${String(period)}; raise it, or lower the other`,
      "leader-elect-retry-period",
      "leader-elect-renew-deadline",
    );
  }
}

/** Config.Validate in embed/config.go of etcd v3.6.14. */
function* etcdFaults(flags: Flags, isEmulated: boolean): Generator<SettingFault> {
  const heartbeat = Number(flags["heartbeat-interval"] ?? (isEmulated ? 500 : 100));
  const election = Number(flags["election-timeout"] ?? (isEmulated ? 10_000 : 1000));
  if (election < 5 * heartbeat) {
    const whose = flags["heartbeat-interval"] === undefined ? `hardway's ${heartbeat}` : heartbeat;
    yield faultAt(
      `election-timeout ${election} must be at least 5 times heartbeat-interval, which is ${whose}; use ${5 * heartbeat} or more, or lower the interval`,
      "election-timeout",
      "heartbeat-interval",
    );
  }
  for (const flag of Object.keys(flags)) {
    const today = flag.replace(/^experimental-/, "");
    if (today !== flag && flags[flag] !== undefined && flags[today] !== undefined) {
      yield faultAt(`is the old name of ${today}, which is set too; remove it`, flag);
    }
  }
  const mode = flags["auto-compaction-mode"] ?? "periodic";
  const retention = String(flags["auto-compaction-retention"] ?? "1h");
  if (mode === "revision" && !/^\d+$/.test(retention)) {
    yield faultAt(
      `revision keeps a number of revisions, and auto-compaction-retention is ${retention}; set that to a number like 10000`,
      "auto-compaction-mode",
      "auto-compaction-retention",
    );
  }
  const [least, most] = [flags["tls-min-version"] ?? "TLS1.2", flags["tls-max-version"]];
  if (least === "TLS1.3" && most === "TLS1.2") {
    yield faultAt(
      "tls-max-version TLS1.2 is below tls-min-version TLS1.3; raise it, or lower the other",
      "tls-max-version",
      "tls-min-version",
    );
  }
  const suites = suitesFault(listOf(flags["cipher-suites"]), undefined);
  if (least !== "TLS1.3" && suites !== undefined) yield faultAt(suites, "cipher-suites");
  if (least === "TLS1.3" && flags["cipher-suites"] !== undefined) {
    yield faultAt(
      "cipher suites of TLS 1.3 cannot be chosen, and tls-min-version is TLS1.3; remove one of them",
      "cipher-suites",
      "tls-min-version",
    );
  }
  const gates = listOf(flags["feature-gates"]);
  if (gates.includes("LeaseCheckpointPersist=true") && !gates.includes("LeaseCheckpoint=true")) {
    yield faultAt("LeaseCheckpointPersist needs LeaseCheckpoint=true; add it", "feature-gates");
  }
  const outputs = listOf(flags["log-outputs"]);
  if (outputs.length > 1 && outputs.includes("default")) {
    yield faultAt("default excludes other outputs; remove it, or the others", "log-outputs");
  }
}
