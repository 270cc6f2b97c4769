/**
 * Records the fields of the config files of the pinned Kubernetes: reads their Go types and writes
 * `configFields.json` beside this file. Those of the kubelet and kube-proxy are in `config/`. Run
 * it after Kubernetes changed in `versions.ts` and `toolchain/go/kubernetes`:
 *
 *     node test/data/recordConfigFields.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SettingType } from "../../config/schema/settings.ts";
import { type GoFile, goFields, kubernetesModules } from "../../toolchain/record/goFields.ts";

const componentbaseconfigv1alpha1 = ["k8s.io/component-base", "config/v1alpha1/types.go"] as const;

/** The files with the types of each kind. */
const kinds: Record<string, Record<string, GoFile>> = {
  KubeSchedulerConfiguration: {
    "": ["k8s.io/kube-scheduler", "config/v1/types.go"],
    componentbaseconfigv1alpha1,
  },
  Policy: { "": ["k8s.io/apiserver", "pkg/apis/audit/v1/types.go"] },
  AdmissionConfiguration: { "": ["k8s.io/apiserver", "pkg/apis/apiserver/v1/types.go"] },
  EncryptionConfiguration: { "": ["k8s.io/apiserver", "pkg/apis/apiserver/v1/types_encryption.go"] },
  PodSecurityConfiguration: {
    "": ["k8s.io/pod-security-admission", "admission/api/v1/types.go"],
  },
};

const leaves: Record<string, SettingType> = {
  bool: "bool",
  byte: "any",
  int32: "int",
  int64: "int",
  uint32: "int",
  float32: "number",
  string: "string",
  "metav1.Duration": "duration",
  TimeOrMetaDuration: "duration",
  "resource.QuantityValue": "quantity",
  "metav1.ObjectMeta": "any",
  "runtime.RawExtension": "any",
  "runtime.Unknown": "any",
};

const files = Object.values(kinds).flatMap((sources) => Object.values(sources));
const modules = kubernetesModules(files.map(([module]) => module));
const record = {
  about: "What config files may hold; written by test/data/recordConfigFields.ts, not by hand",
  version: modules.version,
  kinds: Object.fromEntries(
    Object.entries(kinds).map(([kind, sources]) => [
      kind,
      goFields({ modules, sources, leaves }, kind),
    ]),
  ),
};
writeFileSync(
  join(import.meta.dirname, "configFields.json"),
  `${JSON.stringify(record, undefined, 2)}\n`,
);
