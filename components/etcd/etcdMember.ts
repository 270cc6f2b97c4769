import { readFileSync } from "node:fs";
import { architecture } from "../../model/versions.ts";
import type { ClusterPlan, EtcdMemberPlan } from "../../plan/clusterPlan.ts";
import { computed, credential, nodeComponent, program, type Scope } from "../remote/component.ts";
import { hardening, type ProgramFlags, programLine, renderUnit, restarts } from "../remote/unit.ts";
import { etcdctlEnvironment } from "./etcdctl.ts";
import { mountDisk, mountUnit } from "./mountDisk.ts";

/**
 * Not in Kubernetes' directory: everything there belongs to root (CIS 1.1.19), and etcd's user must
 * read this one.
 */
const directory = "/etc/etcd";

export const etcdPaths = {
  cert: `${directory}/etcd.crt`,
  key: `${directory}/etcd.key`,
  authority: `${directory}/ca.crt`,
  data: "/var/lib/etcd",
  /** The environment of a member's first start. Once etcd has data, it ignores these variables. */
  bootstrap: `${directory}/bootstrap.env`,
  program: "/usr/local/bin/etcd",
} as const;

/** The system user that runs etcd and owns its data; no other user can read it. */
export const etcdUser = "etcd:etcd";

/** The flags of one member. https://etcd.io/docs/v3.6/op-guide/configuration/ */
export function etcdFlags(plan: ClusterPlan, member: EtcdMemberPlan): ProgramFlags<"etcd"> {
  const { times } = plan.etcd;
  return {
    managed: {
      name: member.name,
      "data-dir": etcdPaths.data,
      "listen-client-urls": `${member.clientUrl},https://127.0.0.1:2379`,
      "advertise-client-urls": member.clientUrl,
      "listen-peer-urls": member.peerUrl,
      "initial-advertise-peer-urls": member.peerUrl,
      "initial-cluster-token": plan.etcd.token,
      "cert-file": etcdPaths.cert,
      "key-file": etcdPaths.key,
      "trusted-ca-file": etcdPaths.authority,
      "client-cert-auth": true,
      "peer-cert-file": etcdPaths.cert,
      "peer-key-file": etcdPaths.key,
      "peer-trusted-ca-file": etcdPaths.authority,
      "peer-client-cert-auth": true,
      // Health and metrics without a certificate, on this machine only.
      "listen-metrics-urls": "http://127.0.0.1:2381",
    },
    defaults: {
      "tls-min-version": "TLS1.2",
      // The API server's watches need only recent history.
      "auto-compaction-mode": "periodic",
      "auto-compaction-retention": "1h",
      ...(times === undefined
        ? {}
        : {
            "heartbeat-interval": times.heartbeatMilliseconds,
            "election-timeout": times.electionMilliseconds,
            "log-level": times.logLevel,
            "warning-apply-duration": `${times.slowRequestMilliseconds}ms`,
            "warning-unary-request-duration": `${times.slowRequestMilliseconds}ms`,
          }),
    },
  };
}

/** `join.sh` beside this file: how a member joins a cluster that may already exist. */
const joinWords = readFileSync(new URL("join.sh", import.meta.url), "utf8");

const peerOf = ({ name, peerUrl }: EtcdMemberPlan): string => `${name}=${peerUrl}`;

/**
 * Sets `$state` and `$cluster` for a member that has no data; a single member has no peers to ask.
 */
function beginning(plan: ClusterPlan, member: EtcdMemberPlan): string {
  const { members } = plan.etcd;
  const others = members.filter(({ name }) => name !== member.name);
  if (others.length === 0) return `state=new cluster=${peerOf(member)}\n`;
  return `${etcdctlEnvironment([...others, member], etcdPaths)}name=${member.name} url=${member.peerUrl}
others=(${others.map(peerOf).join(" ")})
planned=${members.map(peerOf).join(",")}
${joinWords}
`;
}

/**
 * etcd on every member. All members start together, since etcd needs a quorum to serve. A member is
 * a server to its clients, and both server and client to its peers.
 */
export const etcdMember = nodeComponent({
  name: "etcd",
  on: ({ etcd }: ClusterPlan) => etcd.members,
  identity: ({ node }: Scope<EtcdMemberPlan>) => ({
    commonName: node.name,
    dnsNames: [node.name, "localhost"],
    ipAddresses: [node.address, "127.0.0.1"],
    signedBy: { etcd: ["server", "client"] },
  }),
  after: () => ({
    operatingSystem: "Without a prepared machine there is nothing to install it on.",
  }),
  install: ({ plan, node: member }) => {
    const { disk } = member;
    const others = plan.etcd.members.filter(({ name }) => name !== member.name);
    const release = `etcd-${plan.artifacts.etcd.version}-linux-${architecture}`;
    return {
      about:
        "etcd stores the whole state of the cluster. Its own user, its own authority, and data that nobody else can read.",
      user: { name: "etcd", home: etcdPaths.data },
      ...(disk === undefined
        ? {}
        : { prepare: mountDisk({ device: disk, directory: etcdPaths.data, owner: etcdUser }) }),
      directories: [{ path: etcdPaths.data, mode: "700", owner: etcdUser }],
      files: [
        credential(etcdPaths.authority, ({ authorities }) => authorities.etcd.certPem, {
          mode: "644",
        }),
        credential(etcdPaths.cert, ({ certPem }) => certPem.etcd, { mode: "644", owner: etcdUser }),
        credential(etcdPaths.key, ({ keyPem }) => keyPem, { owner: etcdUser }),
        // etcd reads it only before it has data.
        computed(etcdPaths.bootstrap, bootstrap(plan, member), { onChange: "nothing" }),
      ],
      programs: [
        program(
          plan.artifacts.etcd,
          { [`${release}/etcd`]: etcdPaths.program },
          { [`${release}/etcdctl`]: "/usr/local/bin/etcdctl" },
        ),
      ],
      leaves: [directory],
      onRemove: `remove_data ${etcdPaths.data}
${disk === undefined ? "" : `remove_unit ${mountUnit}\nremove_data ${etcdPaths.data}\n`}`,
      unit: {
        name: "etcd.service",
        text: etcdUnit(plan, member),
        functions: "serves() { curl --silent --fail --max-time 5 http://127.0.0.1:2381/readyz; }\n",
        healthy: others.length === 0 ? "serves" : "serves || { promote && serves; }",
        withinSeconds: 300,
        // The cluster keeps its quorum without one member.
        ...(others.length === 0
          ? {}
          : {
              turn: {
                lock: "etcd",
                othersAreHealthy: `etcdctl endpoint health --endpoints ${others.map(({ clientUrl }) => clientUrl).join(",")}`,
              },
            }),
      },
    };
  },
});

/** The settings of a member's first start: whether its cluster is new, and its members. */
function bootstrap(plan: ClusterPlan, member: EtcdMemberPlan): string {
  const isAlone = plan.etcd.members.length === 1;
  return `${beginning(plan, member)}# A member that has data knows its cluster from there.
if [[ ! -d ${etcdPaths.data}/member/wal ]]; then
  ${isAlone ? "" : "join\n  "}put 644 root:root ${etcdPaths.bootstrap} <<END
ETCD_INITIAL_CLUSTER=$cluster
ETCD_INITIAL_CLUSTER_STATE=$state
END
fi
`;
}

const etcdUnit = (plan: ClusterPlan, member: EtcdMemberPlan) =>
  renderUnit({
    Unit: {
      Description: "etcd",
      Documentation: "https://etcd.io/docs/v3.6/",
      Wants: "network-online.target",
      After: "network-online.target",
      StartLimitIntervalSec: "0",
      // Without its disk, etcd would start an empty store on the root disk.
      ...(member.disk === undefined ? {} : { RequiresMountsFor: etcdPaths.data }),
    },
    Service: {
      // etcd notifies systemd when it serves; a member that waits for its peers may take long.
      Type: "notify",
      TimeoutStartSec: 600,
      User: "etcd",
      Group: "etcd",
      EnvironmentFile: `-${etcdPaths.bootstrap}`,
      ExecStart: programLine(etcdPaths.program, etcdFlags(plan, member), member.flags),
      ...restarts,
      LimitNOFILE: 65_536,
      OOMScoreAdjust: -999,
      ...hardening,
      ReadWritePaths: etcdPaths.data,
    },
  });
