/**
 * Records names that flags of the pinned programs list: admission plugins, controllers with their
 * old names, and etcd's feature gates. Writes `config/upstream/names.json` from their Go sources.
 * Run it after Kubernetes or etcd changed in `versions.ts` and `toolchain/go`:
 *
 *     node toolchain/record/recordNames.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../base/paths.ts";
import { goModules, kubernetesModules } from "./goFields.ts";

const kubernetes = kubernetesModules(["k8s.io/kubernetes", "k8s.io/cloud-provider"]);
const etcd = goModules("etcd", ["go.etcd.io/etcd/server/v3"]);

const firstGroups = (text: string, form: RegExp): string[] =>
  [...text.matchAll(form)].map(([, name = ""]) => name);

const plugins = kubernetes.read(["k8s.io/kubernetes", "pkg/kubeapiserver/options/plugins.go"]);
const [, ordered = ""] = /AllOrderedPlugins = \[\]string\{\n([\s\S]*?)\n\}/.exec(plugins) ?? [];

const app = "cmd/kube-controller-manager/app";
const parts = ["apps", "autoscaling", "batch", "bootstrap", "certificates", "core", "discovery"];
const more = ["policy", "rbac", "resource", "service_accounts", "storageversionmigrator"];
const controllerFiles = [...parts, ...more].map((name) =>
  kubernetes.read(["k8s.io/kubernetes", `${app}/${name}.go`]),
);

/** The controllers for clouds, of which this program has some. */
const cloudNames = kubernetes.read(["k8s.io/cloud-provider", "names/controller_names.go"]);

const record = {
  about: "Names of the pinned programs; written by toolchain/record/recordNames.ts, not by hand",
  kubernetesModules: kubernetes.version,
  etcdModule: etcd.version,
  // Each line of the list names its plugin in a comment.
  admissionPlugins: firstGroups(ordered, /PluginName, +\/\/ (\w+)/g),
  controllers: [
    ...firstGroups(
      kubernetes.read([
        "k8s.io/kubernetes",
        `cmd/kube-controller-manager/names/controller_names.go`,
      ]),
      /^\t\w+ += "([a-z-]+)"$/gm,
    ),
    ...[...cloudNames.matchAll(/^\t(\w+) += "([a-z-]+)"$/gm)]
      .filter(([, constant = ""]) => controllerFiles.join("").includes(`cpnames.${constant}`))
      .map(([, , name = ""]) => name),
    ...controllerFiles.flatMap((text) => firstGroups(text, /aliases: +\[\]string\{"([a-z-]+)"\}/g)),
  ],
  etcdFeatureGates: firstGroups(
    etcd.read(["go.etcd.io/etcd/server/v3", "features/etcd_features.go"]),
    /^\t(\w+) featuregate\.Feature = /gm,
  ),
};
writeFileSync(
  join(projectDir, "config/upstream/names.json"),
  `${JSON.stringify(record, undefined, 2)}\n`,
);
