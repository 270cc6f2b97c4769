/**
 * Records the settings of the pinned kube-proxy: reads the Go types of its config file and writes
 * `config/upstream/kubeProxyConfiguration.json`. Run it after Kubernetes changed in `versions.ts`
 * and `toolchain/go/kubernetes`:
 *
 *     node toolchain/record/recordKubeProxy.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../base/paths.ts";
import type { SettingType } from "../../config/schema/settings.ts";
import { goFields, kubernetesModules } from "./goFields.ts";

/** The files with the types, by the name that other files import them as. */
const sources = {
  "": ["k8s.io/kube-proxy", "config/v1alpha1/types.go"],
  componentbaseconfigv1alpha1: ["k8s.io/component-base", "config/v1alpha1/types.go"],
  logsapi: ["k8s.io/component-base", "logs/api/v1/types.go"],
} as const;

/** Types outside those files, and the JSON type that they decode from. */
const leaves: Record<string, SettingType> = {
  bool: "bool",
  int32: "int",
  uint32: "int",
  float32: "number",
  string: "string",
  "metav1.Duration": "duration",
  TimeOrMetaDuration: "duration",
  "resource.QuantityValue": "quantity",
};

const modules = kubernetesModules(Object.values(sources).map(([module]) => module));
const record = {
  about:
    "KubeProxyConfiguration v1alpha1; written by toolchain/record/recordKubeProxy.ts, not by hand",
  kubeProxyModule: modules.version,
  fields: goFields({ modules, sources, leaves }, "KubeProxyConfiguration"),
};
writeFileSync(
  join(projectDir, "config/upstream/kubeProxyConfiguration.json"),
  `${JSON.stringify(record, undefined, 2)}\n`,
);
