import { readFileSync } from "node:fs";
import type { ClusterPlan, EtcdMemberPlan } from "../../plan/clusterPlan.ts";
import { provide } from "../remote/provide.ts";
import { putFile, type StepScript } from "../remote/script.ts";
import { commandLine, type Flags, hardening, renderUnit, restarts } from "../remote/unit.ts";
import { mountDisk, mountUnit } from "./renderDisk.ts";

/** A directory of its own: everything in Kubernetes' is root's (CIS 1.1.19), and this is for etcd's user to read. */
const directory = "/etc/etcd";

export const etcdPaths = {
  cert: `${directory}/etcd.crt`,
  key: `${directory}/etcd.key`,
  authority: `${directory}/ca.crt`,
  data: "/var/lib/etcd",
  /** What a member must be told before it has data. etcd reads it as environment, and forgets it once it has some. */
  bootstrap: `${directory}/bootstrap.env`,
  program: "/usr/local/bin/etcd",
} as const;

/** The system user that runs etcd and owns its data; nobody else reads it. */
export const etcdUser = "etcd:etcd";

/** The flags of one member. https://etcd.io/docs/v3.6/op-guide/configuration/ */
export function etcdFlags(plan: ClusterPlan, member: EtcdMemberPlan): Flags {
  const { times } = plan.etcd;
  return {
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
    // Health and metrics without a certificate, for nobody but this machine.
    "listen-metrics-urls": "http://127.0.0.1:2381",
    "tls-min-version": "TLS1.2",
    // Keeps the history bounded to what the API server's watches need.
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
  };
}

/** `join.sh` beside this file: how a member comes to a cluster that may live already. */
const joinWords = readFileSync(new URL("join.sh", import.meta.url), "utf8");

const peerOf = ({ name, peerUrl }: EtcdMemberPlan): string => `${name}=${peerUrl}`;

/** Who etcdctl asks, and as whom. */
export function etcdctlEnvironment(
  endpoints: readonly EtcdMemberPlan[],
  { authority, cert, key }: { authority: string; cert: string; key: string },
): string {
  return `export ETCDCTL_ENDPOINTS=${endpoints.map(({ clientUrl }) => clientUrl).join(",")}
export ETCDCTL_CACERT=${authority} ETCDCTL_CERT=${cert} ETCDCTL_KEY=${key}
`;
}

/** Sets `$state` and `$cluster` for a member that has no data; whoever is alone has nobody to ask. */
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

/** One member after the other, and only while all others serve: with a member less the cluster still has its quorum. */
function inTurn(plan: ClusterPlan, member: EtcdMemberPlan): string {
  const others = plan.etcd.members.filter(({ name }) => name !== member.name);
  if (others.length === 0) return "";
  return `turn=etcd
others_well() { etcdctl endpoint health --endpoints ${others.map(({ clientUrl }) => clientUrl).join(",")}; }
`;
}

export function renderEtcd(plan: ClusterPlan, member: EtcdMemberPlan): StepScript {
  const isAlone = plan.etcd.members.length === 1;
  const { disk } = member;
  const release = `etcd-${plan.artifacts.etcd.version}-linux-amd64`;
  const unit = renderUnit({
    Unit: {
      Description: "etcd",
      Documentation: "https://etcd.io/docs/v3.6/",
      Wants: "network-online.target",
      After: "network-online.target",
      StartLimitIntervalSec: "0",
      // Without its disk it would begin anew beside its data.
      ...(disk === undefined ? {} : { RequiresMountsFor: etcdPaths.data }),
    },
    Service: {
      // etcd says itself when it serves; a member that waits for its peers may take long.
      Type: "notify",
      TimeoutStartSec: 600,
      User: "etcd",
      Group: "etcd",
      EnvironmentFile: `-${etcdPaths.bootstrap}`,
      ExecStart: commandLine(etcdPaths.program, etcdFlags(plan, member), member.flags),
      ...restarts,
      LimitNOFILE: 65_536,
      OOMScoreAdjust: -999,
      ...hardening,
      ReadWritePaths: etcdPaths.data,
    },
  });
  return {
    name: "etcd",
    create: `# etcd holds everything the cluster knows. Its own user, its own authority, its data readable by nobody else.
getent passwd etcd >/dev/null || useradd --system --user-group --home-dir ${etcdPaths.data} --no-create-home --shell /usr/sbin/nologin etcd
${disk === undefined ? "" : mountDisk({ device: disk, directory: etcdPaths.data, owner: etcdUser })}install --directory --mode 700 --owner etcd --group etcd ${etcdPaths.data}
put_secrets

${provide(plan.artifacts.etcd, {
  [`${release}/etcd`]: etcdPaths.program,
  [`${release}/etcdctl`]: "/usr/local/bin/etcdctl",
})}
${putFile("/etc/systemd/system/etcd.service", unit, "600")}
${beginning(plan, member)}# A member that has data knows its cluster from there.
if [[ ! -d ${etcdPaths.data}/member/wal ]]; then
  ${isAlone ? "" : "join\n  "}put 644 root:root ${etcdPaths.bootstrap} <<END
ETCD_INITIAL_CLUSTER=$cluster
ETCD_INITIAL_CLUSTER_STATE=$state
END
fi
serves() { curl --silent --fail --max-time 5 http://127.0.0.1:2381/readyz; }
${isAlone ? "ready() { serves; }" : "ready() { serves || { promote && serves; }; }"}
${inTurn(plan, member)}converge etcd.service 300 ready ${etcdPaths.program} ${etcdPaths.cert} ${etcdPaths.key} ${etcdPaths.authority}
`,
    delete: `remove_unit etcd.service
remove_data ${etcdPaths.data}
${disk === undefined ? "" : `remove_unit ${mountUnit}\nremove_data ${etcdPaths.data}\n`}rm -rf ${directory} /usr/local/bin/etcd /usr/local/bin/etcdctl /opt/hardway/bin/etcd
`,
  };
}
