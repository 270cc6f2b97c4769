import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isControlPlane } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import type { Etcd } from "../etcd/etcd.ts";
import type { LoadBalancers } from "../loadbalancer/loadBalancers.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Authorities } from "../pki/authorities.ts";
import { type Identity, issueIdentity, pemFile } from "../pki/identity.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import {
  clusterAuthorityPath,
  frontProxyAuthorityPath,
  serviceAccountKeyPath,
  serviceAccountPublicKeyPath,
} from "../pki/paths.ts";
import type { SecretFile } from "../remote/script.ts";
import { step } from "../remote/step.ts";
import { adminKubeconfigPath, apiServerPaths } from "./paths.ts";
import { apiServerUser, renderApiServer, renderEncryption } from "./renderApiServer.ts";

export interface ApiServersArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
  readonly authorities: Authorities;
  readonly etcd: Etcd;
  readonly loadBalancers: LoadBalancers;
}

/** kube-apiserver on every control plane. */
export class ApiServers extends pulumi.ComponentResource {
  /** By node name; created when that API server answers /readyz. */
  readonly byNode: ReadonlyMap<string, command.remote.Command>;
  /** Who speaks to the API by its address waits for these: every API server, and the way to them. */
  readonly reachable: readonly pulumi.Resource[];
  /** The person's kubeconfig, for the group system:masters. Secret; known before an API server serves it. */
  readonly adminKubeconfig: pulumi.Output<string>;

  constructor(name: string, args: ApiServersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:controlplane:ApiServers", name, {}, opts);
    const { plan, authorities } = args;
    const parent = { parent: this };

    const admin = issueIdentity(
      "kubernetes-admin",
      {
        plan,
        commonName: "kubernetes-admin",
        organization: "system:masters",
        signers: [{ authority: authorities.cluster, uses: ["client"] }],
      },
      parent,
    );
    const kubeconfig = embedded(plan, authorities, admin);

    const byNode = new Map<string, command.remote.Command>();
    for (const node of plan.nodes.filter(isControlPlane)) {
      const { machine, ready } = args.hosts.of(node);
      const files = apiServerFiles(plan, node, authorities, kubeconfig, parent);
      const script = renderApiServer(plan, node);
      const before = plan.apiServersInTurn ? [...byNode.values()].slice(-1) : [];
      // Without etcd the API server would start, fail and be started again until etcd serves.
      const dependsOn = [ready, ...args.etcd.memberships, ...before];
      byNode.set(node.name, step({ machine, script, files }, { ...parent, dependsOn }));
    }
    this.byNode = byNode;
    this.reachable = [...this.byNode.values(), ...args.loadBalancers.steps];
    this.adminKubeconfig = kubeconfig;
    this.registerOutputs();
  }
}

function apiServerFiles(
  plan: ClusterPlan,
  node: NodePlan,
  authorities: Authorities,
  adminKubeconfig: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): SecretFile<pulumi.Output<string>>[] {
  const paths = apiServerPaths;
  // One process, one key: the cluster's authority vouches for it towards clients and kubelets, etcd's towards
  // etcd, and the front proxy's towards aggregated API servers.
  const identity = issueIdentity(
    `${node.name}-kube-apiserver`,
    {
      plan,
      commonName: apiServerUser,
      dnsNames: [...plan.api.names, node.name],
      ipAddresses: [...new Set([...plan.api.addresses, node.address])],
      signers: [
        { authority: authorities.cluster, uses: ["server", "client"] },
        { name: "etcd-client", authority: authorities.etcd, uses: ["client"] },
        { name: "front-proxy-client", authority: authorities.frontProxy, uses: ["client"] },
      ],
    },
    opts,
  );
  const [serving, etcdClient, frontProxyClient] = identity.certPems as [
    pulumi.Output<string>,
    pulumi.Output<string>,
    pulumi.Output<string>,
  ];
  return [
    pemFile(clusterAuthorityPath, authorities.cluster.certPem, "644"),
    pemFile(paths.cert, serving, "644"),
    pemFile(paths.key, identity.keyPem),
    pemFile(paths.etcdAuthority, authorities.etcd.certPem, "644"),
    pemFile(paths.etcdClientCert, etcdClient, "644"),
    pemFile(frontProxyAuthorityPath, authorities.frontProxy.certPem, "644"),
    pemFile(paths.frontProxyClientCert, frontProxyClient, "644"),
    pemFile(serviceAccountKeyPath, authorities.serviceAccountKey),
    pemFile(serviceAccountPublicKeyPath, authorities.serviceAccountPublicKey, "644"),
    pemFile(paths.encryption, authorities.encryptionKey.apply(renderEncryption)),
    pemFile(adminKubeconfigPath, adminKubeconfig),
  ];
}

/** A kubeconfig that works anywhere, credentials inside. */
function embedded(
  plan: ClusterPlan,
  authorities: Authorities,
  identity: Identity,
): pulumi.Output<string> {
  const [certPem = identity.keyPem] = identity.certPems;
  const text = pulumi
    .all([authorities.cluster.certPem, certPem, identity.keyPem])
    .apply(([authority, cert, key]) =>
      renderKubeconfig({
        cluster: plan.name,
        server: plan.api.url,
        user: `${plan.name}-admin`,
        credentials: { authority, cert, key },
      }),
    );
  return pulumi.secret(text);
}
