import "./base/stackTraces.ts";
import * as pulumi from "@pulumi/pulumi";
import { Addons } from "./components/addons/addons.ts";
import { ApiServers } from "./components/controlplane/apiServers.ts";
import { ControllerManagers, Schedulers } from "./components/controlplane/controllers.ts";
import { Etcd } from "./components/etcd/etcd.ts";
import { LoadBalancers } from "./components/loadbalancer/loadBalancers.ts";
import { existingMachines } from "./components/machines/existingMachines.ts";
import { Guests } from "./components/machines/guests.ts";
import { Flannel } from "./components/node/flannel.ts";
import { Kubelets } from "./components/node/kubelets.ts";
import { KubeProxies } from "./components/node/kubeProxies.ts";
import { Nodes } from "./components/node/nodes.ts";
import { Runtimes } from "./components/node/runtimes.ts";
import { Hosts } from "./components/os/operatingSystems.ts";
import { People } from "./components/people/people.ts";
import { Authorities } from "./components/pki/authorities.ts";
import { HostKeys } from "./components/pki/hostKeys.ts";
import { readPlan } from "./components/readLab.ts";
import { guestNodes } from "./plan/nodes.ts";
import { recordOf } from "./plan/record.ts";

// The whole cluster on one page. Each stage takes the stages that it needs; what a stage does on a node
// is in the renderer beside it, and everything that can be known beforehand is in the plan.

const plan = await readPlan();

const authorities = new Authorities("authorities", { plan });
const hostKeys = new HostKeys("host-keys", { nodes: guestNodes(plan) });

const guests = new Guests("guests", {
  plan,
  userKey: authorities.sshUser,
  hostKeys: hostKeys.byNode,
});
const machines = new Map([...guests.machines, ...existingMachines(plan)]);
const hosts = new Hosts("hosts", { plan, machines });

const etcd = new Etcd("etcd", { plan, hosts, authorities });
const loadBalancers = new LoadBalancers("load-balancers", { plan, hosts, authorities, etcd });
const apiServers = new ApiServers("kube-apiserver", {
  plan,
  hosts,
  authorities,
  etcd,
  loadBalancers,
});
const controllerManagers = new ControllerManagers("kube-controller-manager", {
  plan,
  hosts,
  authorities,
  apiServers,
});
new Schedulers("kube-scheduler", { plan, hosts, authorities, apiServers });

const runtimes = new Runtimes("containerd", { plan, hosts });
const kubelets = new Kubelets("kubelet", { plan, hosts, authorities, apiServers, runtimes });
new KubeProxies("kube-proxy", { plan, hosts, authorities, apiServers });
const registered = new Nodes("nodes", { plan, hosts, authorities, apiServers, kubelets });

const addons = new Addons("addons", { plan, authorities, apiServers, kubelets });

const { vxlan } = plan.network;
if (vxlan !== undefined) {
  new Flannel("flanneld", { plan, vxlan, hosts, authorities, nodes: registered, addons });
}

const people = new People("people", {
  plan,
  hosts,
  authorities,
  apiServers,
  controllerManagers,
});

/** Of the person, for everything. A secret. */
export const kubeconfig = apiServers.adminKubeconfig;
/** Of everybody else, by name, each for what the config allows. A secret. */
export const kubeconfigs = people.kubeconfigs;
/** Where the API is reached. */
export const endpoint = plan.api.url;
/** The certificate that everything in the cluster is trusted by, PEM. */
export const ca = authorities.cluster.certPem;
/** What this `up` leaves for the next one, which checks the config against it; see `plan/record.ts`. */
export const record = recordOf(plan, (node) => {
  const { user, port, hostKey } = hosts.of(node).machine;
  const ready = pulumi.output(registered.byNode.get(node.name)?.id).apply((id) => id !== undefined);
  return { user, port, hostKey, ready };
});
/** Every node, and how it is reached over SSH. */
export const nodes = record.nodes.map(
  ({ name, address, roles, podNetwork, user, port, hostKey }) => {
    return { name, address, roles, podNetwork, user, port, hostKey };
  },
);
/** What machines made here let in; a secret, OpenSSH. */
export const sshKey = pulumi.secret(authorities.sshUser.privateKeyOpenssh);
