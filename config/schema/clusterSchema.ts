import { z } from "zod";
import { runtimeNames } from "../../model/lab.ts";
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
 * The shape of `hardway:cluster` in `Pulumi.<lab>.yaml`: what a person may write, each default with its
 * reason, each rule that one value can break by itself. Rules between values are in `rules.ts`.
 * `docs/stack.schema.json` is generated from this file, so that editors complete and check a lab's config.
 */

export const clusterSchema = section(
  "nodes or pools, and maybe network, api, ingress, machines, ssh, certificates, people, runtime, kubelet, mirrorPort",
  {
    network: networkSection.prefault({}),
    api: section("names and address", {
      address: address
        .optional()
        .describe(
          "The API's own address, of network.nodes, which two or more load balancers share; with one it is that node's",
        ),
      names: z
        .array(
          serverName.meta({ examples: ["api.example.org"] }),
          expected("a list of names like [api.example.org]"),
        )
        .default([])
        .describe("More names or addresses that the API server's certificate is valid for"),
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
          "Your own public keys, for the machines made here; the program adds its own, and changes nothing on existing hosts",
        ),
    }).prefault({}),
    certificates: section("authorityHours, leafHours and renewalHours", {
      authorityHours: integer("hours", 24, 876_000)
        .default(87_600)
        .describe("Validity of the three authorities"),
      leafHours: integer("hours", 2, 87_600)
        .default(8_760)
        .describe("Validity of every other certificate"),
      renewalHours: integer("hours", 1, 87_600)
        .default(720)
        .describe("A certificate is renewed by the first `up` this long before its end"),
    }).prefault({}),
    people: peopleSection.meta({
      description: "Who else may use the cluster, by name",
      ...nameRule,
    }),
    runtime: choice(runtimeNames)
      .default("containerd")
      .describe("What runs containers on nodes that do not say"),
    kubelet: kubeletSettings.default({}),
    kubeProxy: kubeProxySettings.default({}),
    flags: flagSettings.default({}),
    ingress: section("http and https", {
      http: port
        .optional()
        .describe("Port on every worker that port 80 of the load balancers leads to"),
      https: port
        .optional()
        .describe("Port on every worker that port 443 of the load balancers leads to"),
    })
      .prefault({})
      .describe("Where the load balancers send what comes from outside; nothing unless given"),
    outside: outsideSection.prefault({}),
    manifests: z
      .array(
        text("the path of a file of Kubernetes objects like my-network.yaml"),
        expected("a list of paths like [my-network.yaml]"),
      )
      .default([])
      .describe(
        "Your own files of Kubernetes objects, paths from the checkout; applied in this order, each when the one before is ready",
      ),
    ...labSystem,
    mirrorAddress: address
      .optional()
      .describe(
        "Where nodes find the artefact mirror, which runs where ./lab does; the gateway unless given, and needed with network.bridge",
      ),
    mirrorPort: port.default(8473).describe("Port of the artefact mirror"),
    nodes: z
      .record(
        z.string(),
        section("roles and address, and maybe cpus, memoryMiB, diskGiB, runtime, kubelet, host", {
          address: address.describe("The node's address, of network.nodes"),
          host: sshHost.optional(),
          hypervisor: text("the name of one of machines.hypervisors")
            .optional()
            .describe("Which of machines.hypervisors makes it; needed where there are several"),
          ...nodeSettings,
        }),
        expected("a mapping of node names to nodes"),
      )
      .default({})
      .meta({ description: "Single nodes by name", ...nameRule }),
    pools: z
      .record(
        z.string(),
        section(
          "count, roles and firstAddress, and maybe cpus, memoryMiB, diskGiB, runtime, kubelet",
          {
            count: integer("nodes", 0, 1000).describe("How many; 0 keeps the pool's settings only"),
            firstAddress: address.describe("Address of the pool's first node; the others follow"),
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
                "Which of machines.hypervisors make them: node 1 the first, node 2 the second, and from the beginning again; needed where there are several",
              ),
            ...nodeSettings,
          },
        ),
        expected("a mapping of pool names to pools"),
      )
      .default({})
      .meta({ description: "Nodes alike: NAME-1 to NAME-count", ...nameRule }),
  },
);

/** `hardway:cluster` as validated, defaults filled in. */
export type ClusterConfig = z.infer<typeof clusterSchema>;
