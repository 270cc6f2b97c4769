import * as pulumi from "@pulumi/pulumi";
import type {
  ClusterPlan,
  FrontendPlan,
  LoadBalancerPlan,
  LoadBalancerTimes,
} from "../../plan/clusterPlan.ts";
import { credential, file, nodeComponent } from "../remote/component.ts";
import { hardening, renderUnit, restarts } from "../remote/unit.ts";
import { haproxyPaths as paths } from "./paths.ts";

/** The name of the frontend and the backend for the API servers. */
const apiFrontend = "kube-apiserver";

/** Health, statistics and metrics, on this machine only. */
const localPort = 8404;

const serverLines = ({ servers, serverPort }: FrontendPlan, suffix = "", options = "") =>
  servers
    .map(({ name, address }) => `  server ${name}${suffix} ${address}:${serverPort}${options}\n`)
    .join("");

/**
 * HAProxy's health checks use a certificate, since API servers refuse anonymous requests. A check's
 * result can be two intervals old: in a rolling restart of two API servers, the second can stop
 * before HAProxy has seen that the first is back. So if no API server is healthy, HAProxy tries all
 * of them (`backup`), and a refused connection marks a server as down.
 */
const apiServers = (
  { checkIntervalSeconds }: LoadBalancerTimes,
  plan: FrontendPlan,
) => `  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
  http-check expect status 200
  default-server check check-ssl inter ${checkIntervalSeconds}s fastinter ${checkIntervalSeconds * 500}ms fall 2 rise 1 verify required ca-file ${paths.authority} crt ${paths.identity}
  default-server observe layer4 error-limit 1 on-error mark-down
${serverLines(plan)}  # While none of these is known to be ready, whichever of them answers.
  option allbackups
${serverLines(plan, "-unchecked", " backup no-check")}`;

/** A NodePort without endpoints refuses connections. */
const ingress = (plan: FrontendPlan) => `  default-server check inter 2s fall 2 rise 2
${serverLines(plan)}`;

function frontend({ address, times }: LoadBalancerPlan, plan: FrontendPlan): string {
  const { name, port } = plan;
  return `
frontend ${name}
  bind ${address}:${port}
  default_backend ${name}

backend ${name}
  balance leastconn
${name === apiFrontend ? apiServers(times, plan) : ingress(plan)}`;
}

/**
 * https://docs.haproxy.org/2.6/configuration.html
 * TCP mode: TLS ends at the API server, which sees the client's certificate.
 */
function haproxyConfig(balancer: LoadBalancerPlan): string {
  return `global
  log stdout format raw daemon info
  user haproxy
  group haproxy
  maxconn 8000

defaults
  log global
  mode tcp
  option tcplog
  option dontlognull
  option redispatch 1
  retries 3
  timeout connect ${balancer.times.connectSeconds}s
  timeout check ${balancer.times.checkSeconds}s
  # Watches are long and silent; both ends keep them alive.
  timeout client 1h
  timeout server 1h

listen local
  mode http
  bind 127.0.0.1:${localPort}
  timeout client 10s
  timeout server 10s
  monitor-uri /healthz
  http-request use-service prometheus-exporter if { path /metrics }
  stats enable
  stats uri /
${balancer.frontends.map((each) => frontend(balancer, each)).join("")}`;
}

/** Succeeds while HAProxy serves; keepalived runs the same check. */
export const haproxyIsHealthy = ({ takeoverCheckSeconds }: LoadBalancerTimes) =>
  `curl --silent --fail --max-time ${takeoverCheckSeconds} --output /dev/null http://127.0.0.1:${localPort}/healthz`;

/**
 * Before a serving balancer changes its backends, one of the new ones must be ready. Column 20 of
 * the statistics is the number of servers that are up, without backups:
 * https://docs.haproxy.org/2.6/management.html#9.1
 */
export function waitForSuccessors({ frontends, times }: LoadBalancerPlan): string {
  const { servers, serverPort } = frontends.find(
    ({ name }) => name === apiFrontend,
  ) as FrontendPlan;
  const urls = servers.map(({ address }) => `https://${address}:${serverPort}/readyz`).join(" ");
  const names = servers.map(({ name }) => name).join(", ");
  return `# Nobody is led away from API servers that serve to such as do not, or not yet.
leads() { curl --silent --max-time 5 "http://127.0.0.1:${localPort}/;csv" | cut --delimiter , --fields 1,2,20 | grep --line-regexp '${apiFrontend},BACKEND,[1-9][0-9]*'; }
one_is_ready() {
  local url
  for url in ${urls}; do
    if curl --silent --fail --max-time ${times.checkSeconds} --cacert ${paths.authority} --cert ${paths.identity} "$url"; then return 0; fi
  done
  return 1
}
may_change() { ! leads || one_is_ready; }
wait_for 300 "an API server of ${names} to be ready" may_change || fail "no API server of ${names} is ready after 300 s; haproxy stays as it is, with those that are"
`;
}

/** The nodes with the role load-balancer; none if the lab has no such node. */
export const loadBalancerNodes = ({ loadBalancer }: ClusterPlan) => loadBalancer?.nodes ?? [];

/** The plan of the load balancers, for a component that only they run. */
export function balancerOf({ loadBalancer }: ClusterPlan): LoadBalancerPlan {
  if (loadBalancer === undefined) throw new Error("this lab has no load balancer");
  return loadBalancer;
}

/**
 * HAProxy on every load balancer. API servers answer readiness checks only with a client
 * certificate.
 */
export const haproxy = nodeComponent({
  name: "haproxy",
  on: loadBalancerNodes,
  identity: () => ({ commonName: "haproxy", signedBy: { cluster: ["client"] } }),
  after: () => ({
    operatingSystem: "Without a prepared machine there is nothing to install it on.",
    controlPlaneMachines:
      "If control planes are recreated or out of reach, a balancer keeps the API servers that it has.",
    etcdMemberships: "API servers wait for these too, so none would be ready before.",
  }),
  install: ({ plan }) => {
    const balancer = balancerOf(plan);
    const { port } = plan.api;
    return {
      about: `HAProxy: the address that every client knows, in front of port ${port} of every API server. It keeps checking whether each is ready.`,
      requires: [
        {
          test: `[[ -x ${paths.program} ]]`,
          otherwise: `${paths.program} is missing, and nothing is installed by a package manager here; use an image that has it, or install it`,
        },
        {
          because:
            "SELinux lets haproxy use the ports of web servers only; the machine's owner decides about others.",
          test: `[[ $(getenforce 2>/dev/null) != Enforcing || $(getsebool haproxy_connect_any 2>&1) != *' off' ]]`,
          otherwise: `SELinux keeps haproxy from port ${port}; run 'setsebool -P haproxy_connect_any on' on this node`,
        },
      ],
      user: { name: "haproxy", home: "/nonexistent" },
      files: [
        credential(paths.authority, ({ authorities }) => authorities.cluster.certPem, {
          mode: "644",
        }),
        credential(
          paths.identity,
          ({ certPem, keyPem }) => pulumi.interpolate`${certPem.cluster}${keyPem}`,
        ),
        file(paths.sysctl, "net.ipv4.ip_nonlocal_bind = 1\n", {
          comment:
            "A balancer binds the address before it has it, so that it serves as soon as it gets it.",
          apply: `sysctl --quiet --load ${paths.sysctl}\n`,
        }),
        file(paths.config, haproxyConfig(balancer), { before: waitForSuccessors(balancer) }),
      ],
      unit: {
        name: "haproxy.service",
        mode: "644",
        text: haproxyUnit,
        healthy: haproxyIsHealthy(balancer.times),
        withinSeconds: 60,
        reload: true,
      },
    };
  },
});

const haproxyUnit = renderUnit({
  Unit: {
    Description: "HAProxy in front of the API servers",
    Documentation: "https://docs.haproxy.org/2.6/management.html",
    Wants: "network-online.target",
    After: "network-online.target",
    StartLimitIntervalSec: "0",
  },
  Service: {
    Type: "notify",
    ExecStart: `${paths.program} -Ws -f ${paths.config}`,
    // A new process takes over the listening sockets; the old process ends with its last
    // connection.
    ExecReload: [`${paths.program} -c -q -f ${paths.config}`, "/bin/kill -USR2 $MAINPID"],
    KillMode: "mixed",
    SuccessExitStatus: 143,
    ...restarts,
    LimitNOFILE: 20_000,
    ...hardening,
    // HAProxy starts as root, to read its key and to bind ports below 1024.
    CapabilityBoundingSet: "CAP_NET_BIND_SERVICE CAP_SETGID CAP_SETUID CAP_KILL",
  },
});
