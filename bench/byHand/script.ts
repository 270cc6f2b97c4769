import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { coreDns, kubeletAccess, smoke } from "../../components/addons/manifests.ts";
import { etcdPaths } from "../../components/etcd/etcdMember.ts";
import { installationsOn } from "../../components/nodeComponents.ts";
import { renderInstallation } from "../../components/remote/renderComponent.ts";
import { isGuest } from "../../model/machines.ts";
import { isControlPlane } from "../../model/roles.ts";
import { type ArtifactName, artifacts } from "../../model/versions.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { certificateFiles } from "./certificates.ts";

/**
 * The script that a user would have written for this node: its files as here-documents, the
 * downloads, then the script of its role, controlPlane.sh or worker.sh. `certificates` is the
 * directory that `makeCertificates` has filled.
 */
export async function byHandScript(
  plan: ClusterPlan,
  node: NodePlan,
  certificates: string,
): Promise<string> {
  const isControl = isControlPlane(node);
  const secret = Object.entries(await certificateFiles(plan, node, certificates));
  const plain = plainFiles(stepTexts(plan, node));
  const manifests = isControl
    ? [
        { path: "/root/nodes.yaml", text: nodeManifests(plan) },
        { path: "/root/addons.yaml", text: addonManifests(plan) },
      ]
    : [];
  const open = [...plain, ...manifests];
  const closed = secret.map(([path, text]) => ({ path, text }));
  const certificatePaths = closed.map(({ path }) => path).filter((path) => path.endsWith(".crt"));
  const executable = plain.filter(({ mode }) => mode === "755").map(({ path }) => path);
  const directories = [...new Set([...open, ...closed].map(({ path }) => dirname(path)))].sort();
  const fetched = artifactNames(plan, node).map((name) => plan.artifacts[name]);
  const role = isControl ? "controlPlane.sh" : "worker.sh";
  return `set -euo pipefail
${isGuest(node) ? firstBoot : ""}mkdir --parents ${directories.join(" ")}
${open.map(hereDocument).join("")}umask 077
${closed.map(hereDocument).join("")}umask 022
chmod 644 ${certificatePaths.join(" ")}
chmod +x ${executable.join(" ")}
urls=(${fetched.map(({ urls }) => urls[0]).join(" ")})
sums='${fetched.map(({ sha256, file }) => `${sha256}  ${file}`).join("\n")}'
api=${plan.api.url}
${isControl ? controlPlaneWords(plan) : ""}
${await readFile(join(import.meta.dirname, role), "utf8")}`;
}

/** Neither side changes anything before cloud-init has finished. */
const firstBoot = "until [ -e /var/lib/cloud/instance/boot-finished ]; do sleep 0.2; done\n";

/** The program's steps on a node, from which the reference takes only the texts. */
function stepTexts(plan: ClusterPlan, node: NodePlan): string[] {
  return installationsOn(plan, node).map(
    ({ name, installation }) => renderInstallation(name, installation).create,
  );
}

/** The units and configs in the steps; `mode` is octal. */
function plainFiles(steps: readonly string[]): { path: string; mode: string; text: string }[] {
  return steps.flatMap((text) =>
    [...text.matchAll(/^put (\d+) \S+ (\S+) <<'END'\n(.*?)^END$/gms)].map(
      ([, mode = "", path = "", content = ""]) => ({ mode, path, text: content }),
    ),
  );
}

/** The artifacts that the node's steps download. */
export function artifactNames(plan: ClusterPlan, node: NodePlan): ArtifactName[] {
  const isArtifact = (name: string): name is ArtifactName => name in artifacts;
  return stepTexts(plan, node)
    .flatMap((text) => [...text.matchAll(/^provide (\S+) /gm)].map(([, name = ""]) => name))
    .filter(isArtifact);
}

function controlPlaneWords({ nodes }: ClusterPlan): string {
  const taints = nodes.flatMap(({ name, taints: all }) =>
    all.map((taint) => `  kubectl taint node ${name} --overwrite ${taint}\n`),
  );
  return `etcd_files='${[etcdPaths.cert, etcdPaths.key, etcdPaths.authority].join(" ")}'
taint() {
  :
${taints.join("")}}`;
}

/** Every Node object, as the program's node steps apply it. */
function nodeManifests({ nodes }: ClusterPlan): string {
  return documents(
    nodes.map(({ name, labels, podNetwork }) =>
      object("v1", "Node", {
        metadata: { name, labels },
        spec: { podCIDR: String(podNetwork), podCIDRs: [String(podNetwork)] },
      }),
    ),
  );
}

/** The program's add-on manifests, in the order of its graph. */
function addonManifests(plan: ClusterPlan): string {
  const rbac = "rbac.authorization.k8s.io/v1";
  const dns = coreDns(plan);
  const proof = smoke(plan);
  return documents([
    object(rbac, "ClusterRoleBinding", kubeletAccess),
    object("v1", "ServiceAccount", dns.serviceAccount),
    object(rbac, "ClusterRole", dns.clusterRole),
    object(rbac, "ClusterRoleBinding", dns.clusterRoleBinding),
    object("v1", "ConfigMap", dns.configMap),
    object("v1", "Service", dns.service),
    object("apps/v1", "Deployment", dns.deployment),
    object("v1", "Namespace", proof.namespace),
    object("v1", "Service", proof.service),
    object("apps/v1", "DaemonSet", proof.daemonSet),
  ]);
}

function object(apiVersion: string, kind: string, rest: object): object {
  return { apiVersion, kind, ...rest };
}

function documents(objects: readonly object[]): string {
  return objects.map((single) => stringify(single)).join("---\n");
}

function hereDocument({ path, text }: { readonly path: string; readonly text: string }): string {
  return `cat >${path} <<'END'\n${text.endsWith("\n") ? text : `${text}\n`}END\n`;
}
