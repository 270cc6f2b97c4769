import type { EtcdTimesPlan, LeaderElectionPlan, LoadBalancerTimes } from "./clusterPlan.ts";

/**
 * Timeouts. With emulated processors on a busy hypervisor, a TLS handshake takes a few seconds and
 * a response longer; clients that time out and retry add to the load.
 */

/**
 * The defaults are 100, 1000 and 100 ms, and 2 s. With three emulated members on two processors,
 * heartbeats arrive up to two seconds late: with the defaults, elections follow each other,
 * requests fail, and the load balancers find no ready API server.
 * https://etcd.io/docs/v3.6/tuning/#time-parameters
 */
export const patientEtcd: EtcdTimesPlan = {
  heartbeatMilliseconds: 500,
  electionMilliseconds: 10_000,
  slowRequestMilliseconds: 10_000,
  // At level info, etcd also logs each request over 100 ms.
  logLevel: "warn",
  checkSeconds: 10,
};

/** The components' defaults are 15, 10 and 2 seconds. A leader that cannot renew in time exits. */
export const patientLeaders: LeaderElectionPlan = {
  leaseDurationSeconds: 60,
  renewDeadlineSeconds: 40,
  retryPeriodSeconds: 5,
};

export const quickBalancers: LoadBalancerTimes = {
  connectSeconds: 2,
  checkIntervalSeconds: 1,
  checkSeconds: 3,
  takeoverIntervalSeconds: 1,
  takeoverCheckSeconds: 2,
  haproxyIntervalSeconds: 1,
};

/**
 * HAProxy limits a check's handshake to the check interval and to the connect timeout. With 5 s,
 * all three API servers of eight starting emulated machines were considered down. The cost: clients
 * wait longer if a machine is down; a stopped process refuses connections at once.
 */
export const patientBalancers: LoadBalancerTimes = {
  connectSeconds: 15,
  checkIntervalSeconds: 15,
  checkSeconds: 15,
  takeoverIntervalSeconds: 3,
  takeoverCheckSeconds: 10,
  // Each check starts a curl process.
  haproxyIntervalSeconds: 10,
};
