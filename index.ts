import "./base/stackTraces.ts";
import { Cluster } from "./components/cluster.ts";
import { readPlan } from "./components/readLab.ts";

const cluster = new Cluster("cluster", { plan: await readPlan() });

export const { kubeconfig, kubeconfigs, endpoint, ca, record, nodes, sshKey } = cluster;
