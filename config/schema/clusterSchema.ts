import { z } from "zod";
import { allowedChanges, runtimeNames } from "../../model/lab.ts";
import { flagSettings } from "./flags.ts";
import { kubeletSettings } from "./kubelet.ts";
import { kubeProxySettings } from "./kubeProxy.ts";
import { machinesSection } from "./machines.ts";
import { networkSection } from "./network.ts";
import { nameRule, nodeSettings } from "./node.ts";
import { outsideSection } from "./outside.ts";
import { peopleSection } from "./people.ts";
import { sshHost, userKeyTypes } from "./sshHost.ts";
import { labSystem } from "./system.ts";
import {
  address,
  choice,
  expected,
  integer,
  port,
  publicKey,
  section,
  serverName,
  text,
} from "./values.ts";

/**
 * The schema of `hardway:cluster` in `Pulumi.<lab>.yaml`: keys, defaults, and rules for single
 * values. Rules between values are in `rules/`. `docs/stack.schema.json` is generated from it for
 * editors.
 */

export const clusterSchema = section(
  "nodes or pools, and maybe network, api, ingress, machines, ssh, certificates, people, runtime, kubelet, mirrorPort",
  {
    network: networkSection.prefault({}),
    api: section("names and address", {
      address: address
        .optional()
        .describe(
          "The API's virtual IP address, in network.nodes, shared by two or more load balancers; with one load balancer the API has that node's address",
        ),
      names: z
        .array(serverName, expected("a list of names like [api.example.org]"))
        .prefault([])
        .describe("Additional names or addresses (SANs) of the API server's certificate"),
    }).prefault({}),
    machines: machinesSection.prefault({}),
    ssh: section("authorizedKeys", {
      authorizedKeys: z
        .array(
          publicKey(userKeyTypes, "your ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…)").meta({
            examples: ["ssh-ed25519 AAAA… me"],
          }),
          expected("a list of public SSH keys"),
        )
        .default([])
        .describe(
          "Your public keys, for root on the lab's VMs, in addition to hardway's own key; existing machines are not changed",
        ),
    }).prefault({}),
    certificates: section("authorityHours, leafHours and renewalHours", {
      authorityHours: integer("hours", 24, 876_000)
        .default(87_600)
        .describe("Validity of the three certificate authorities"),
      leafHours: integer("hours", 2, 87_600)
        .default(8_760)
        .describe("Validity of every other certificate"),
      renewalHours: integer("hours", 1, 87_600)
        .default(720)
        .describe(
          "The renewal window: the first `up` this long before a certificate expires renews it",
        ),
    }).prefault({}),
    people: peopleSection.meta({
      description: "Users of the cluster besides the administrator, by name",
      ...nameRule,
    }),
    runtime: choice(runtimeNames).default("containerd").describe("The default container runtime"),
    kubelet: kubeletSettings.prefault({}),
    kubeProxy: kubeProxySettings.prefault({}),
    flags: flagSettings.default({}),
    ingress: section("http and https", {
      http: port.optional().describe("NodePort to which the load balancers forward port 80"),
      https: port.optional().describe("NodePort to which the load balancers forward port 443"),
    })
      .prefault({})
      .describe("NodePorts of an ingress controller, on every worker"),
    outside: outsideSection.prefault({}),
    manifests: z
      .array(
        text("the path of a file of Kubernetes objects like my-network.yaml"),
        expected("a list of paths like [my-network.yaml]"),
      )
      .default([])
      .describe(
        "Files of Kubernetes objects, paths relative to the checkout; applied in this order, each when the previous one is ready",
      ),
    ...labSystem,
    mirrorAddress: address
      .optional()
      .describe(
        "Address at which nodes reach the artefact mirror on the workstation; required with network.bridge, otherwise the gateway",
      ),
    allow: z
      .array(
        choice(allowedChanges),
        expected(`a list of ${allowedChanges.join(", ")}`, (input) =>
          typeof input === "string" ? `; write [${input}]` : "",
        ),
      )
      .default([])
      .describe(
        "Changes of an existing cluster that are refused otherwise: etcd-below-quorum leaves fewer etcd members than the existing ones' quorum, as from three to one",
      ),
    mirrorPort: port.default(8473).describe("Port of the artefact mirror"),
    nodes: z
      .record(
        z.string(),
        section("roles and address, and maybe cpus, memoryMiB, diskGiB, runtime, kubelet, host", {
          address: address.describe("The node's address, in network.nodes"),
          host: sshHost.optional(),
          hypervisor: text("the name of one of machines.hypervisors")
            .optional()
            .describe("The machines.hypervisors entry that runs it; required if there are several"),
          ...nodeSettings,
        }),
        expected("a mapping of node names to nodes"),
      )
      .prefault({})
      .meta({ description: "Single nodes, by name", ...nameRule }),
    pools: z
      .record(
        z.string(),
        section(
          "count, roles and firstAddress, and maybe cpus, memoryMiB, diskGiB, runtime, kubelet",
          {
            count: integer("nodes", 0, 1000).describe(
              "Number of nodes; 0 keeps only the pool's settings",
            ),
            firstAddress: address.describe(
              "Address of the pool's first node; the others have the following addresses",
            ),
            hypervisors: z
              .array(
                text("the name of one of machines.hypervisors"),
                expected("a list of names of machines.hypervisors", (input) =>
                  typeof input === "string" ? `; write [${input}]` : "",
                ),
              )
              .min(1, "expected at least one of machines.hypervisors")
              .optional()
              .describe(
                "The machines.hypervisors entries that run the pool's nodes, round-robin; required if there are several",
              ),
            ...nodeSettings,
          },
        ),
        expected("a mapping of pool names to pools"),
      )
      .prefault({})
      .meta({ description: "Groups of equal nodes, named NAME-1 to NAME-count", ...nameRule }),
  },
);

/** `hardway:cluster` as validated, defaults filled in. */
export type ClusterConfig = z.infer<typeof clusterSchema>;
