import { quote, suggestion } from "../../base/wording.ts";
import type { FlaggedProgram } from "../../model/lab.ts";
import { versions } from "../../model/versions.ts";
import { seconds } from "../schema/settings.ts";
import { cipherSuites, curves } from "../schema/tls.ts";
import names from "../upstream/names.json" with { type: "json" };
import { gateFaults } from "./featureGates.ts";

/** Why a program would not start with this value of a flag; undefined if it would. */
export type FlagLimit = (value: string) => string | undefined;

type Limits = Readonly<Record<string, FlagLimit>>;

const oneOf =
  (...choices: readonly string[]): FlagLimit =>
  (value) =>
    choices.includes(value)
      ? undefined
      : `expected one of ${choices.join(", ")}, got ${quote(value)}${suggestion(value, choices)}`;

const listOf =
  (what: string, choices: readonly string[]): FlagLimit =>
  (value) => {
    const unknown = value.split(",").find((name) => !choices.includes(name));
    if (unknown === undefined) return undefined;
    const remedy =
      choices.length <= 12
        ? `; expected some of ${choices.join(", ")}`
        : "; the program's documentation lists them";
    return `unknown ${what} ${quote(unknown)}${suggestion(unknown, choices) || remedy}`;
  };

const numberFrom =
  (least: number, most = Number.POSITIVE_INFINITY): FlagLimit =>
  (value) =>
    Number(value) >= least && Number(value) <= most
      ? undefined
      : `expected a number ${most === Number.POSITIVE_INFINITY ? `of ${least} or more` : `from ${least} to ${most}`}, got ${value}`;

const lasting =
  (what: string, fits: (seconds: number) => boolean): FlagLimit =>
  (value) =>
    fits(seconds(value)) ? undefined : `expected a duration ${what}, got ${value}`;

const notNegative = lasting("of 0s or more", (value) => value >= 0);
const positive = lasting("above 0s", (value) => value > 0);

const matching =
  (what: string, form: RegExp): FlagLimit =>
  (value) =>
    form.test(value) ? undefined : `expected ${what}, got ${quote(value)}`;

const eachMatching =
  (what: string, form: RegExp): FlagLimit =>
  (value) =>
    value.split(",").every((part) => form.test(part))
      ? undefined
      : `expected ${what}, got ${quote(value)}`;

const httpsUrl: FlagLimit = (value) =>
  URL.canParse(value) && value.startsWith("https://")
    ? undefined
    : `expected a URL that begins with https://, got ${quote(value)}`;

/** Gates as a flag's text: `NodeSwap=true,AllAlpha=false`. */
function featureGates(value: string): string | undefined {
  const settings: Record<string, boolean> = {};
  for (const entry of value.split(",")) {
    const [, gate, isOn] = /^(?:kube:)?(\w+)=(true|false)$/.exec(entry) ?? [];
    if (gate === undefined) {
      return `expected feature gates like NodeSwap=true,AllAlpha=false, got ${quote(value)}`;
    }
    settings[gate] = isOn === "true";
  }
  const [fault] = gateFaults(settings);
  return fault === undefined
    ? undefined
    : fault.message.startsWith("unknown feature gate")
      ? fault.message.replace("unknown feature gate", `unknown feature gate ${fault.gate}`)
      : `${fault.gate}=${fault.message}`;
}

const previousMinor = `1.${Number(versions.kubernetes.split(".")[1]) - 1}`;

const tlsSuites = listOf("cipher suite", cipherSuites);

const webhookVersion = oneOf("v1", "v1beta1");
const anyNumber = numberFrom(0);

/** Flags of all three programs, from k8s.io/apiserver and k8s.io/component-base v0.36.4. */
const kubernetes: Limits = {
  "feature-gates": featureGates,
  "http2-max-streams-per-connection": numberFrom(0, 2_147_483_647),
  "log-flush-frequency": positive,
  "logging-format": oneOf("text", "json"),
  "show-hidden-metrics-for-version": oneOf(previousMinor),
  "tls-cipher-suites": tlsSuites,
  "tls-curve-preferences": listOf("curve", curves.map(String)),
  // No component of this cluster uses TLS below 1.2.
  "tls-min-version": oneOf("VersionTLS12", "VersionTLS13"),
  v: numberFrom(0, 2_147_483_647),
  vmodule: eachMatching("files with their levels like kube*=4", /^[^=,]+=\d+$/),
};

const leaderElection: Limits = {
  "leader-elect-lease-duration": positive,
  "leader-elect-renew-deadline": positive,
  "leader-elect-resource-lock": oneOf("leases"),
  "leader-elect-retry-period": positive,
  "kube-api-burst": anyNumber,
};

const auditOf = (kind: "log" | "webhook"): Limits => ({
  [`audit-${kind}-mode`]: oneOf("batch", "blocking", "blocking-strict"),
  [`audit-${kind}-version`]: oneOf("audit.k8s.io/v1"),
  [`audit-${kind}-truncate-max-batch-size`]: numberFrom(1),
  [`audit-${kind}-truncate-max-event-size`]: numberFrom(1),
});

/** Validate of pkg/controlplane/apiserver/options and pkg/kubeapiserver/options, v1.36.4. */
const apiServer: Limits = {
  ...kubernetes,
  ...auditOf("log"),
  ...auditOf("webhook"),
  "audit-log-format": oneOf("json", "legacy"),
  "audit-log-maxage": anyNumber,
  "audit-log-maxbackup": anyNumber,
  "audit-log-maxsize": anyNumber,
  "authentication-token-webhook-version": webhookVersion,
  "authorization-webhook-version": webhookVersion,
  "cors-allowed-origins": eachMatching(
    "regular expressions that begin with ^ or // and end with $ or (:|$)",
    /(\^|\/\/).*(\$|\(:\|\$\))/,
  ),
  "coordinated-leadership-lease-duration": positive,
  "coordinated-leadership-renew-deadline": positive,
  "coordinated-leadership-retry-period": positive,
  "delete-collection-workers": numberFrom(1),
  "disable-admission-plugins": listOf("admission plugin", names.admissionPlugins),
  "enable-admission-plugins": listOf("admission plugin", names.admissionPlugins),
  "endpoint-reconciler-type": oneOf("lease", "master-count", "none"),
  "etcd-servers-overrides": eachMatching(
    "overrides like /events#https://10.17.0.11:2379",
    /^.*\/.+#.+$/,
  ),
  "event-ttl": positive,
  "goaway-chance": numberFrom(0, 0.02),
  "kubelet-preferred-address-types": listOf("address type", [
    "Hostname",
    "InternalDNS",
    "InternalIP",
    "ExternalDNS",
    "ExternalIP",
  ]),
  "kubernetes-service-node-port": numberFrom(0, 65_535),
  "livez-grace-period": notNegative,
  "max-mutating-requests-inflight": anyNumber,
  "max-requests-inflight": anyNumber,
  "min-request-timeout": anyNumber,
  "oidc-issuer-url": httpsUrl,
  "oidc-required-claim": matching("a claim like hd=example.org", /^[^=]+=.*$/),
  "oidc-signing-algs": listOf("signing algorithm", [
    "RS256",
    "RS384",
    "RS512",
    "ES256",
    "ES384",
    "ES512",
    "PS256",
    "PS384",
    "PS512",
  ]),
  "request-timeout": notNegative,
  "runtime-config": eachMatching(
    "APIs with true or false like api/beta=true",
    /^(api\/(all|ga|beta|alpha|legacy)|v1(\/\w+)?|[a-z0-9.-]+\/v\d+((alpha|beta)\d+)?(\/\w+)?)(=(true|false|True|False|TRUE|FALSE|[01tTfF]))?$/,
  ),
  "service-account-jwks-uri": httpsUrl,
  "service-account-max-token-expiration": lasting(
    "of 0s, or from 1h to 1193046h",
    (value) => value === 0 || (value >= 3600 && value <= 2 ** 32),
  ),
  "shutdown-delay-duration": notNegative,
  "shutdown-watch-termination-grace-period": notNegative,
  "storage-backend": oneOf("etcd3"),
  "storage-initialization-timeout": notNegative,
  "storage-media-type": oneOf(
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
  ),
  "strict-transport-security-directives": eachMatching(
    "max-age=SECONDS, includeSubDomains or preload",
    /^(max-age=[^=]+|includeSubDomains|preload)$/,
  ),
  "watch-cache-sizes": eachMatching("sizes like pods#1000", /^[^#]+#\d+$/),
};

const workers: Limits = Object.fromEntries(
  [
    "concurrent-cron-job-syncs",
    "concurrent-daemonset-syncs",
    "concurrent-device-taint-eviction-syncs",
    "concurrent-ephemeralvolume-syncs",
    "concurrent-horizontal-pod-autoscaler-syncs",
    "concurrent-job-syncs",
    "concurrent-resourceclaim-syncs",
    "concurrent-statefulset-syncs",
    "concurrent-validating-admission-policy-status-syncs",
  ].map((flag) => [flag, numberFrom(1)]),
);

/** Validate of cmd/kube-controller-manager/app/options, v1.36.4. */
const controllerManager: Limits = {
  ...kubernetes,
  ...leaderElection,
  ...workers,
  "attach-detach-reconcile-sync-period": lasting("of 1s or more", (value) => value >= 1),
  "cluster-signing-duration": positive,
  "concurrent-service-endpoint-syncs": numberFrom(1, 50),
  controllers: (value) =>
    listOf("controller", ["*", ...names.controllers])(value.replaceAll(/(^|,)-/g, "$1")),
  "max-endpoints-per-slice": numberFrom(1, 1000),
  "mirroring-concurrent-service-endpoint-syncs": numberFrom(1, 50),
  "mirroring-max-endpoints-per-subset": numberFrom(1, 1000),
  "node-monitor-period": positive,
};

const scheduler: Limits = { ...kubernetes, ...leaderElection };

const tlsVersion = oneOf("TLS1.2", "TLS1.3");

/** embed/config.go and embed/config_logging.go of etcd v3.6.14. */
const etcd: Limits = {
  "auto-compaction-mode": oneOf("periodic", "revision"),
  "auto-compaction-retention": matching(
    "a number, or a duration like 1h",
    /^(\d+|(\d+(\.\d+)?(ns|us|ms|s|m|h))+)$/,
  ),
  "auth-token": matching("simple, or jwt with its options", /^(simple|jwt,.+)$/),
  "backend-bbolt-freelist-type": oneOf("map", "array"),
  "bcrypt-cost": numberFrom(4, 31),
  "cipher-suites": tlsSuites,
  "compact-hash-check-time": positive,
  "distributed-tracing-sampling-rate": numberFrom(0, 1_000_000),
  "election-timeout": numberFrom(1, 50_000),
  "experimental-compact-hash-check-time": positive,
  "experimental-distributed-tracing-sampling-rate": numberFrom(0, 1_000_000),
  "feature-gates": (value) =>
    eachMatching("feature gates like InitialCorruptCheck=true", /^\w+=(true|false)$/)(value) ??
    listOf("feature gate", ["AllAlpha", "AllBeta", ...names.etcdFeatureGates])(
      value.replaceAll(/=(true|false)/g, ""),
    ),
  "heartbeat-interval": numberFrom(1),
  "log-format": oneOf("json", "console"),
  "log-level": oneOf("debug", "info", "warn", "error", "panic", "fatal"),
  logger: oneOf("zap"),
  metrics: oneOf("basic", "extensive"),
  "tls-max-version": tlsVersion,
  "tls-min-version": tlsVersion,
  "v2-deprecation": oneOf("write-only", "write-only-skip-check", "write-only-drop-data", "gone"),
};

/** Limits of single flags, from the validation of each program. */
export const flagLimits: Readonly<Record<FlaggedProgram, Limits>> = {
  "kube-apiserver": apiServer,
  "kube-controller-manager": controllerManager,
  "kube-scheduler": scheduler,
  etcd,
};
