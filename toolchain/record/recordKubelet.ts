/**
 * Records the settings of the pinned kubelet: reads the Go types of its config file and writes
 * `config/upstream/kubeletConfiguration.json`. Run it after Kubernetes changed in `versions.ts` and
 * `toolchain/go/kubernetes`:
 *
 *     node toolchain/record/recordKubelet.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../base/paths.ts";
import type { SettingType } from "../../config/schema/settings.ts";
import { goFields, kubernetesModules } from "./goFields.ts";

/** The files with the types, by the name that other files import them as. */
const sources = {
  "": ["k8s.io/kubelet", "config/v1beta1/types.go"],
  logsapi: ["k8s.io/component-base", "logs/api/v1/types.go"],
  tracingapi: ["k8s.io/component-base", "tracing/api/v1/types.go"],
} as const;

/** Types outside those files, and the JSON type that they decode from. */
const leaves: Record<string, SettingType> = {
  bool: "bool",
  int32: "int",
  int64: "int",
  uint32: "int",
  float64: "number",
  string: "string",
  "metav1.Duration": "duration",
  TimeOrMetaDuration: "duration",
  "resource.QuantityValue": "quantity",
  "v1.ResourceList": { mapOf: "quantity" },
  "v1.Taint": "any",
};

const modules = kubernetesModules(Object.values(sources).map(([module]) => module));
const record = {
  about: "KubeletConfiguration v1beta1; written by toolchain/record/recordKubelet.ts, not by hand",
  kubeletModule: modules.version,
  fields: goFields({ modules, sources, leaves }, "KubeletConfiguration"),
};
writeFileSync(
  join(projectDir, "config/upstream/kubeletConfiguration.json"),
  `${JSON.stringify(record, undefined, 2)}\n`,
);
