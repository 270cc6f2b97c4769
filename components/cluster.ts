import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../model/roles.ts";
import type { ClusterPlan, NodePlan, PodNetworkPlan } from "../plan/clusterPlan.ts";
import { guestNodes } from "../plan/nodes.ts";
import { recordOf } from "../plan/record.ts";
import { Addons } from "./addons/addons.ts";
import { kubeApiServer } from "./controlplane/kubeApiServer.ts";
import { kubeControllerManager } from "./controlplane/kubeControllerManager.ts";
import { kubeScheduler } from "./controlplane/kubeScheduler.ts";
import { etcdMember } from "./etcd/etcdMember.ts";
import { EtcdMemberships } from "./etcd/memberships.ts";
import { haproxy } from "./loadbalancer/haproxy.ts";
import { keepalived } from "./loadbalancer/keepalived.ts";
import { existingMachines } from "./machines/existing/existingMachines.ts";
import { Guests } from "./machines/guests/guests.ts";
import { kubelet } from "./node/kubelet.ts";
import { kubeProxy } from "./node/kubeProxy.ts";
import { flanneld } from "./node/networks/flannel/flanneld.ts";
import { Nodes } from "./node/nodes.ts";
import { runtime } from "./node/runtimes/runtime.ts";
import { OperatingSystems } from "./os/operatingSystems.ts";
import { People } from "./people/people.ts";
import { Administrator } from "./pki/administrator.ts";
import type { AuthorityName } from "./pki/authorities.ts";
import { Authorities } from "./pki/authorities.ts";
import { HostKeys } from "./pki/hostKeys.ts";
import type { NodeComponent } from "./remote/component.ts";
import { type Edges, type Foundation, Installed } from "./remote/installComponent.ts";
import type { Machine } from "./remote/machine.ts";

export interface ClusterArgs {
  /** Everything that is decided before the engine runs. */
  readonly plan: ClusterPlan;
}

/** A node, and how it is reached over SSH. */
export interface ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly Role[];
  /** The /24 of its pods, in CIDR notation. */
  readonly podNetwork: string;
  readonly user: string;
  readonly port: number;
  /** The machine's public SSH host key, one line. */
  readonly hostKey: pulumi.Input<string>;
}

/** What is known of a node only after deployment. */
interface DeployedNode {
  readonly user: string;
  readonly port: number;
  readonly hostKey: pulumi.Input<string>;
  readonly ready: pulumi.Output<boolean>;
}

/**
 * A Kubernetes cluster from plain binaries: machines, keys, and every component as a step on its
 * node. Each stage takes the stages that it waits for; a component's declaration (`kubelet`, say)
 * shows its work on a node and the reasons for its waits. The plan holds all that is known before
 * the engine runs.
 */
export class Cluster extends pulumi.ComponentResource {
  /** The administrator's kubeconfig. A secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The kubeconfigs of the config's users, by name, each limited to the user's role. A secret. */
  readonly kubeconfigs: pulumi.Output<Record<string, string>>;
  /** The URL of the API. */
  readonly endpoint: string;
  /** The certificate of the cluster's CA, PEM. */
  readonly ca: pulumi.Output<string>;
  /** What this `up` records; the next one checks the config against it. No secret. */
  readonly record: ReturnType<typeof recordOf<DeployedNode>>;
  /** Every node, and how it is reached over SSH. */
  readonly nodes: readonly ClusterNode[];
  /** The private SSH key of the guests, OpenSSH. A secret. */
  readonly sshKey: pulumi.Output<string>;

  constructor(name: string, { plan }: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:Cluster", name, {}, opts);
    const parent = { parent: this };

    const authorities = new Authorities("authorities", { plan }, parent);
    const administrator = new Administrator("kubernetes-admin", { plan, authorities }, parent);
    const hostKeys = new HostKeys("host-keys", { nodes: guestNodes(plan) }, parent);

    const guests = new Guests(
      "guests",
      { plan, userKey: authorities.sshUser, hostKeys: hostKeys.byNode },
      parent,
    );
    const bySource: Record<NodePlan["machine"]["kind"], Iterable<[string, Machine]>> = {
      guest: guests.machines,
      existing: existingMachines(plan),
    };
    const machines = new Map(Object.values(bySource).flatMap((made) => [...made]));
    const operatingSystem = new OperatingSystems("operating-systems", { plan, machines }, parent);

    const foundation: Foundation = {
      plan,
      authorities,
      adminKubeconfig: administrator.kubeconfig,
      machineOf: operatingSystem.machineOf,
    };
    const install = <
      T extends { readonly name: string },
      S extends AuthorityName,
      E extends string,
    >(
      type: string,
      component: NodeComponent<T, S, E>,
      edges: Edges<T, E>,
      isSerial = false,
    ) =>
      new Installed(
        `hardway:${type}`,
        component.name,
        { ...foundation, component, edges, isSerial },
        parent,
      );

    const etcd = install("etcd:Etcd", etcdMember, { operatingSystem: operatingSystem.at });
    const memberships = new EtcdMemberships(
      "etcd-members",
      { ...foundation, members: etcd.steps },
      parent,
    );
    const etcdMemberships = () => memberships.steps;

    const balancers = install("loadbalancer:Haproxy", haproxy, {
      operatingSystem: operatingSystem.at,
      controlPlaneMachines: () => kubeApiServer.on(plan).flatMap(operatingSystem.at),
      etcdMemberships,
    });
    const addresses = install("loadbalancer:Keepalived", keepalived, { haproxy: balancers.at });
    const apiServers = install(
      "controlplane:ApiServers",
      kubeApiServer,
      { operatingSystem: operatingSystem.at, etcdMemberships },
      plan.apiServersInTurn,
    );
    // A client of the API's address waits for every API server and for the load balancers.
    const api = [...apiServers.steps, ...balancers.steps, ...addresses.steps];

    const controllerManagers = install("controlplane:ControllerManagers", kubeControllerManager, {
      ownApiServer: apiServers.at,
    });
    install("controlplane:Schedulers", kubeScheduler, { ownApiServer: apiServers.at });

    const runtimes = install("node:Runtimes", runtime, { operatingSystem: operatingSystem.at });
    const kubelets = install("node:Kubelets", kubelet, { api: () => api, runtime: runtimes.at });
    install("node:KubeProxies", kubeProxy, {
      operatingSystem: operatingSystem.at,
      api: () => api,
    });
    const nodes = new Nodes("nodes", { ...foundation, api, kubeletOf: kubelets.at }, parent);
    const addons = new Addons("addons", { ...foundation, api, kubeletOf: kubelets.at }, parent);
    const installPodNetwork: Record<PodNetworkPlan["kind"], () => unknown> = {
      flannel: () =>
        install("node:Flannel", flanneld, {
          node: nodes.at,
          flannelAccess: () => addons.podNetworkAccess,
        }),
      // The operating-system step creates the routes.
      routes: () => undefined,
      none: () => undefined,
    };
    installPodNetwork[plan.network.podNetwork.kind]();

    const people = new People(
      "people",
      { ...foundation, api, controllerManagers: controllerManagers.steps },
      parent,
    );

    this.kubeconfig = administrator.kubeconfig;
    this.kubeconfigs = people.kubeconfigs;
    this.endpoint = plan.api.url;
    this.ca = authorities.cluster.certPem;
    this.record = recordOf(plan, (node) => {
      const { user, port, hostKey } = operatingSystem.machineOf(node);
      const registered = pulumi.output(nodes.byNode.get(node.name)?.id);
      return { user, port, hostKey, ready: registered.apply((id) => id !== undefined) };
    });
    this.nodes = this.record.nodes.map(
      ({ name, address, roles, podNetwork, user, port, hostKey }) => ({
        name,
        address,
        roles,
        podNetwork,
        user,
        port,
        hostKey,
      }),
    );
    this.sshKey = pulumi.secret(authorities.sshUser.privateKeyOpenssh);
    this.registerOutputs({
      kubeconfig: this.kubeconfig,
      kubeconfigs: this.kubeconfigs,
      endpoint: this.endpoint,
      ca: this.ca,
      record: this.record,
      nodes: this.nodes,
      sshKey: this.sshKey,
    });
  }
}
