import { describe, expect, test } from "vitest";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";
import { gateFaults } from "../../../config/rules/featureGates.ts";
import { cipherSuites, curves } from "../../../config/schema/tls.ts";
import featureGates from "../../../config/upstream/featureGates.json" with { type: "json" };
import names from "../../../config/upstream/names.json" with { type: "json" };
import { type DryProgram, dryPrograms } from "../../../tools/dryRun/dryRun.ts";
import { builtProgram, configWith, refusalOf, type Settings } from "./programs.ts";

/**
 * The rules of the config against the real programs: each refuses exactly what the other refuses.
 * Without the programs, only the rules are tested.
 */

const gates: Readonly<Record<string, { locked?: boolean; default: boolean; stage: string }>> =
  featureGates.gates;

interface Pair {
  readonly title: string;
  readonly refused: Settings;
  /** Near-by settings that are right. */
  readonly accepted: Settings;
  /** The program refuses them later, when it has begun to start. */
  readonly isLater?: true;
  readonly cluster?: object;
}

const off = { GracefulNodeShutdown: false };
const allOff = {
  ...off,
  GracefulNodeShutdownBasedOnPodPriority: false,
  WindowsGracefulNodeShutdown: false,
};
const noGrace = { shutdownGracePeriod: "0s", shutdownGracePeriodCriticalPods: "0s" };
const byPriority = {
  shutdownGracePeriodByPodPriority: [{ priority: 0, shutdownGracePeriodSeconds: 9 }],
};

const pair = (title: string, refused: Settings, accepted: Settings, cluster?: object): Pair => ({
  title,
  refused,
  accepted,
  ...(cluster === undefined ? {} : { cluster }),
});

const limit = (setting: string, refused: unknown, accepted: unknown): Pair =>
  pair(setting, { [setting]: refused }, { [setting]: accepted });

const later = (one: Pair): Pair => ({ ...one, isLater: true });

const kubelet: Pair[] = [
  limit("nodeLeaseDurationSeconds", -1, 1),
  limit("eventBurst", -1, 1),
  limit("cpuCFSQuotaPeriod", "2s", "1s"),
  limit("imageGCHighThresholdPercent", 101, 100),
  limit("imageMinimumGCAge", "-1s", "1s"),
  limit("imageMaximumGCAge", "2m", "2m1s"),
  limit("iptablesDropBit", 32, 31),
  limit("nodeStatusMaxImages", -2, -1),
  limit("oomScoreAdj", 1001, 1000),
  limit("port", 65_536, 10_350),
  pair(
    "parallel pulls",
    { maxParallelImagePulls: 2, serializeImagePulls: true },
    { maxParallelImagePulls: 2 },
  ),
  limit("shutdownGracePeriodCriticalPods", "500ms", "1s"),
  limit("containerLogMonitorInterval", "2s", "3s"),
  limit("containerLogMaxFiles", 1, 2),
  limit("containerLogMaxWorkers", -1, 1),
  limit("podLogsDir", "/var/log/../pods", "/var/log/my-pods"),
  limit("memoryThrottlingFactor", 1.1, 1),
  limit("hairpinMode", "veth", "hairpin-veth"),
  limit("topologyManagerScope", "node", "pod"),
  limit("showHiddenMetricsForVersion", "1.34", "1.35"),
  limit("tlsMinVersion", "VersionTLS14", "VersionTLS13"),
  limit("tlsCipherSuites", ["TLS_FOO"], [...cipherSuites]),
  limit("tlsCurvePreferences", [30], [...curves]),
  limit("memoryReservationPolicy", "TieredReservation", "None"),
  limit("userNamespaces", { idsPerPod: 65_537 }, { idsPerPod: 131_072 }),
  limit("tracing", { samplingRatePerMillion: 1_000_001 }, { samplingRatePerMillion: 1_000_000 }),
  limit("tracing", { endpoint: "http://c:1" }, { endpoint: "dns://c:1" }),
  limit(
    "crashLoopBackOff",
    { maxContainerRestartPeriod: "301s" },
    { maxContainerRestartPeriod: "300s" },
  ),
  limit("logging", { flushFrequency: "-1s" }, { flushFrequency: "0s" }),
  limit(
    "logging",
    { format: "json", vmodule: [{ filePattern: "a", verbosity: 1 }] },
    { format: "json" },
  ),
  limit(
    "logging",
    { vmodule: [{ filePattern: "a=b", verbosity: 1 }] },
    { vmodule: [{ filePattern: "a*", verbosity: 1 }] },
  ),
  pair(
    "an option of logging with its gate",
    { logging: { options: { json: { infoBufferSize: "1Ki" } } } },
    {
      logging: { options: { json: { infoBufferSize: "1Ki" } } },
      featureGates: { LoggingAlphaOptions: true },
    },
  ),
  pair("systemCgroups", { systemCgroups: "/s" }, { systemCgroups: "/s", cgroupRoot: "/" }),
  pair(
    "an enforced cgroup",
    { enforceNodeAllocatable: ["pods", "kube-reserved"] },
    { enforceNodeAllocatable: ["pods", "kube-reserved"], kubeReservedCgroup: "/kube" },
  ),
  pair(
    "no cgroups",
    { cgroupsPerQOS: false },
    { cgroupsPerQOS: false, enforceNodeAllocatable: ["none"] },
  ),
  pair(
    "a part beside the whole",
    {
      systemReservedCgroup: "/s",
      enforceNodeAllocatable: ["system-reserved", "system-reserved-compressible"],
    },
    { systemReservedCgroup: "/s", enforceNodeAllocatable: ["system-reserved-compressible"] },
  ),
  pair(
    "none beside others",
    { enforceNodeAllocatable: ["none", "pods"] },
    { enforceNodeAllocatable: [] },
  ),
  pair("twice", { enforceNodeAllocatable: ["pods", "pods"] }, { enforceNodeAllocatable: ["pods"] }),
  pair(
    "graceful shutdown",
    { featureGates: off, ...noGrace },
    { featureGates: allOff, ...noGrace },
  ),
  pair(
    "a grace period without graceful shutdown",
    { featureGates: allOff },
    { featureGates: allOff, ...noGrace },
  ),
  pair("grace by priority", { ...byPriority, shutdownGracePeriod: "30s" }, byPriority),
  pair(
    "CPUs by number beside a cgroup",
    { reservedSystemCPUs: "0", kubeReservedCgroup: "/kube" },
    { reservedSystemCPUs: "0" },
  ),
  limit("reservedSystemCPUs", "1-0", "0"),
  limit(
    "reservedMemory",
    [{ numaNode: 0, limits: { cpu: "1" } }],
    [{ numaNode: 0, limits: { memory: "1Mi" } }],
  ),
  limit(
    "reservedMemory",
    [{ numaNode: 0, limits: { memory: "0" } }],
    [{ numaNode: 0, limits: { "hugepages-2Mi": "2Mi" } }],
  ),
  pair(
    "images that need no credentials",
    { preloadedImagesVerificationAllowlist: ["registry.k8s.io/*"] },
    {
      preloadedImagesVerificationAllowlist: ["registry.k8s.io/*", "r.example.org:5000/a"],
      imagePullCredentialsVerificationPolicy: "NeverVerifyAllowlistedImages",
    },
  ),
  pair(
    "an image with a tag",
    {
      preloadedImagesVerificationAllowlist: ["pause:3"],
      imagePullCredentialsVerificationPolicy: "NeverVerifyAllowlistedImages",
    },
    {
      preloadedImagesVerificationAllowlist: ["pause"],
      imagePullCredentialsVerificationPolicy: "NeverVerifyAllowlistedImages",
    },
  ),
  pair(
    "a log query without its handler",
    { enableSystemLogQuery: true, enableSystemLogHandler: false },
    { enableSystemLogQuery: true },
  ),
];

const ipvs = {
  nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } },
  network: { proxy: "ipvs" },
};

const kubeProxy: Pair[] = [
  limit("nodePortAddresses", ["primary", "127.0.0.0/8"], ["10.17.0.0/24", "127.0.0.0/8"]),
  limit("nodePortAddresses", ["10.17.0.21"], ["10.17.0.21/32"]),
  limit("oomScoreAdj", -1001, -1000),
  limit("iptables", { masqueradeBit: 32 }, { masqueradeBit: 31 }),
  limit("nftables", { masqueradeBit: -1 }, { masqueradeBit: 0 }),
  limit("nftables", { minSyncPeriod: "31s" }, { minSyncPeriod: "30s" }),
  limit("nftables", { syncPeriod: "-1s" }, { syncPeriod: "1s" }),
  limit("conntrack", { maxPerCore: -1 }, { maxPerCore: 0 }),
  limit("conntrack", { udpTimeout: "-1s" }, { udpTimeout: "0s" }),
  limit("clientConnection", { burst: -1 }, { burst: 0 }),
  limit("configSyncPeriod", "-1s", "1s"),
  limit("showHiddenMetricsForVersion", "1.36", "1.35"),
  pair(
    "a bridge",
    { detectLocalMode: "BridgeInterface" },
    { detectLocalMode: "BridgeInterface", detectLocal: { bridgeInterface: "cni0" } },
  ),
  pair(
    "a prefix",
    { detectLocalMode: "InterfaceNamePrefix" },
    { detectLocalMode: "InterfaceNamePrefix", detectLocal: { interfaceNamePrefix: "veth" } },
  ),
  pair(
    "IPVS's networks",
    { ipvs: { excludeCIDRs: ["10.1.0.1"] } },
    { ipvs: { excludeCIDRs: ["10.1.0.0/16"] } },
    ipvs,
  ),
  pair("IPVS's timeouts", { ipvs: { tcpTimeout: "-1s" } }, { ipvs: { tcpTimeout: "0s" } }, ipvs),
];

const apiServer: Pair[] = [
  limit(
    "enable-admission-plugins",
    "NodeRestriction,PodSecurityPolicy",
    ["NodeRestriction", ...names.admissionPlugins].join(","),
  ),
  limit("service-node-port-range", "80-", "20000-22767"),
  limit("service-node-port-range", "32767-30000", "30000+100"),
  limit("goaway-chance", 0.021, 0.02),
  limit("max-requests-inflight", -1, 1),
  limit("shutdown-delay-duration", "-1s", "0s"),
  limit("storage-media-type", "text/plain", "application/json"),
  limit("audit-log-mode", "lazy", "batch"),
  limit("audit-log-version", "audit.k8s.io/v2", "audit.k8s.io/v1"),
  limit("strict-transport-security-directives", "maxage=1", "max-age=31536000,includeSubDomains"),
  limit("service-account-max-token-expiration", "59m", "1h"),
  limit("service-account-jwks-uri", "http://id.example.org", "https://id.example.org/keys"),
  limit("runtime-config", "api/everything=true", "api/beta=true"),
  later(
    pair(
      "ciphers without those of HTTP/2",
      { "tls-cipher-suites": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" },
      {
        "tls-cipher-suites": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "disable-http2-serving": true,
      },
    ),
  ),
  later(limit("tls-cipher-suites", "TLS_FOO", cipherSuites.join(","))),
  limit("feature-gates", "NodeSwap=false", "NodeSwap=true"),
  limit("feature-gates", "NodeSwapp=true", "AllAlpha=false"),
  limit("vmodule", "kube", "kube*=4"),
  limit("kubernetes-service-node-port", 65_536, 30_443),
  pair(
    "OpenID Connect",
    { "oidc-issuer-url": "https://id.example.org" },
    { "oidc-issuer-url": "https://id.example.org", "oidc-client-id": "k" },
  ),
  pair(
    "a plugin on and off",
    {
      "enable-admission-plugins": "NodeRestriction,Priority",
      "disable-admission-plugins": "Priority",
    },
    { "disable-admission-plugins": "Priority" },
  ),
  pair(
    "the leadership's times",
    { "coordinated-leadership-renew-deadline": "15s" },
    { "coordinated-leadership-renew-deadline": "14s" },
  ),
  pair(
    "a fixed NodePort",
    { "service-node-port-range": "30000-30100", "kubernetes-service-node-port": 30_443 },
    { "service-node-port-range": "30000-30500", "kubernetes-service-node-port": 30_443 },
  ),
  pair(
    "batches",
    { "audit-log-mode": "batch", "audit-log-batch-buffer-size": 0 },
    { "audit-log-mode": "blocking", "audit-log-batch-buffer-size": 0 },
  ),
];

const controllerManager: Pair[] = [
  limit("controllers", "*,-foo", `*,${names.controllers.map((name) => `-${name}`).join(",")}`),
  limit("concurrent-job-syncs", 0, 1),
  limit("max-endpoints-per-slice", 1001, 1000),
  limit("mirroring-max-endpoints-per-subset", 0, 1),
  limit("concurrent-service-endpoint-syncs", 51, 50),
  limit("attach-detach-reconcile-sync-period", "999ms", "1s"),
  limit("logging-format", "xml", "json"),
  later(limit("leader-elect-lease-duration", "10s", "11s")),
];

const scheduler: Pair[] = [
  limit("leader-elect-renew-deadline", "15s", "14s"),
  limit("log-flush-frequency", "0s", "1s"),
  limit("show-hidden-metrics-for-version", "1.30", "1.35"),
];

const emulated = {
  machines: { domainType: "qemu" },
  nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } },
};

const etcd: Pair[] = [
  pair(
    "an election",
    { "heartbeat-interval": 300, "election-timeout": 1499 },
    { "heartbeat-interval": 300, "election-timeout": 1500 },
  ),
  pair(
    "an election under emulation",
    { "election-timeout": 2499 },
    { "election-timeout": 2500 },
    emulated,
  ),
  limit("election-timeout", 50_001, 50_000),
  limit("quota-backend-bytes", "8Gi", 8_589_934_592),
  limit("snapshot-count", -1, 1),
  limit("max-wals", "many", 5),
  limit("warning-apply-duration", "soon", "100ms"),
  limit("log-level", "verbose", "debug"),
  limit("log-format", "xml", "console"),
  limit("auto-compaction-mode", "daily", "periodic"),
  later(limit("auto-compaction-retention", "daily", "30m")),
  limit("compact-hash-check-time", "0s", "1s"),
  limit("cipher-suites", "TLS_FOO", cipherSuites.join(",")),
  limit("tls-min-version", "TLS1.1", "TLS1.3"),
  limit(
    "feature-gates",
    "CompactHash=true",
    names.etcdFeatureGates.map((name) => `${name}=true`).join(","),
  ),
  limit(
    "feature-gates",
    "LeaseCheckpointPersist=true",
    "LeaseCheckpointPersist=true,LeaseCheckpoint=true",
  ),
  limit("v2-deprecation", "soon", "gone"),
  limit("socket-reuse-port", "maybe", true),
  pair(
    "ciphers of TLS 1.3",
    { "tls-min-version": "TLS1.3", "cipher-suites": "TLS_AES_128_GCM_SHA256" },
    { "cipher-suites": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" },
  ),
  later(
    pair(
      "ciphers without those of HTTP/2",
      { "cipher-suites": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" },
      {
        "cipher-suites":
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      },
    ),
  ),
  pair(
    "versions that cross",
    { "tls-min-version": "TLS1.3", "tls-max-version": "TLS1.2" },
    { "tls-max-version": "TLS1.2" },
  ),
  pair(
    "two names of one flag",
    { "corrupt-check-time": "1h", "experimental-corrupt-check-time": "1h" },
    { "experimental-corrupt-check-time": "1h" },
  ),
  pair("outputs", { "log-outputs": "default,stderr" }, { "log-outputs": "stdout,stderr" }),
];

const tables: Readonly<Record<DryProgram, readonly Pair[]>> = {
  kubelet,
  "kube-proxy": kubeProxy,
  "kube-apiserver": apiServer,
  "kube-controller-manager": controllerManager,
  "kube-scheduler": scheduler,
  etcd,
};

const problemsOf = (program: DryProgram, settings: Settings, cluster?: object): string[] =>
  clusterProblems(configWith(program, settings, cluster)).map(
    ({ path, message }) => `${path}: ${message}`,
  );

describe.each(dryPrograms)("%s", (program) => {
  const isHere = builtProgram(program) !== undefined;

  test.each(tables[program])("the rule: $title $refused", ({ refused, accepted, cluster }) => {
    expect(problemsOf(program, refused, cluster)).not.toEqual([]);
    expect(problemsOf(program, accepted, cluster)).toEqual([]);
  });

  test.skipIf(!isHere).each(tables[program])(
    "the program: $title $refused",
    async ({ refused, accepted, cluster, isLater }) => {
      expect((await refusalOf(program, refused, cluster)) === undefined).toBe(isLater === true);
      expect(await refusalOf(program, accepted, cluster)).toBeUndefined();
    },
  );
});

describe("feature gates", () => {
  const isHere = builtProgram("kubelet") !== undefined;

  test.skipIf(!isHere)(
    "those that are locked are those that the kubelet refuses to change",
    async () => {
      const locked = Object.entries(gates).filter(([, gate]) => gate.locked);
      const settings = Object.fromEntries(locked.map(([name, gate]) => [name, !gate.default]));
      const refusal = (await refusalOf("kubelet", { featureGates: settings, ...noGrace })) ?? "";
      const refused = [...refusal.matchAll(/cannot set feature gate (\w+) to/g)].map(
        ([, name]) => name,
      );
      expect(refused.sort()).toEqual(locked.map(([name]) => name).sort());
    },
  );

  const needed = new Set(
    Object.values(featureGates.gates).flatMap((gate) => ("needs" in gate ? gate.needs : [])),
  );
  const flipped = [...needed, "AllAlpha", "AllBeta"].filter((name) => gates[name]?.locked !== true);

  test.skipIf(!isHere).each([...new Set(flipped)])(
    "the kubelet and the rules agree on the other value of %s",
    async (name) => {
      const settings = { [name]: gates[name]?.default !== true };
      const refusal = await refusalOf("kube-proxy", { featureGates: settings });
      expect(refusal === undefined).toBe([...gateFaults(settings)].length === 0);
    },
  );
});
