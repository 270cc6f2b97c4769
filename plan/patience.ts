import type { EtcdTimesPlan, LeaderElectionPlan, LoadBalancerTimes } from "./clusterPlan.ts";

/**
 * How long who waits for another gives it. Where processors are emulated, and others use the host too, a TLS handshake
 * takes up to a few seconds and an answer more; who gives up then makes matters worse by trying again.
 */

/**
 * The defaults are 100, 1000 and 100 milliseconds, and 2 seconds. Three emulated members on two processors hear of their leader
 * after one or two seconds at times: with the defaults they elect one after the other, nothing is answered meanwhile, and the
 * load balancers find no API server that is ready.
 * https://etcd.io/docs/v3.6/tuning/#time-parameters
 */
export const patientEtcd: EtcdTimesPlan = {
  heartbeatMilliseconds: 500,
  electionMilliseconds: 10_000,
  slowRequestMilliseconds: 10_000,
  // At info it tells of everything that takes longer than 100 ms, too.
  logLevel: "warn",
  checkSeconds: 10,
};

/** The components' defaults are 15, 10 and 2 seconds; a leader that misses them ends. */
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
 * haproxy gives a check's handshake no longer than from one check to the next, and no longer than any connection. With five
 * seconds, three API servers among eight emulated machines that started were all found dead at once. The price:
 * one whose process is gone refuses a connection, which goes to another at once; of one whose machine is gone, clients wait.
 */
export const patientBalancers: LoadBalancerTimes = {
  connectSeconds: 15,
  checkIntervalSeconds: 15,
  checkSeconds: 15,
  takeoverIntervalSeconds: 3,
  takeoverCheckSeconds: 10,
  // Each look starts a curl.
  haproxyIntervalSeconds: 10,
};
