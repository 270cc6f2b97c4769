import { amount } from "../schema/settings.ts";
import { isEnabled } from "./featureGates.ts";
import {
  faultAt,
  gatesAt,
  listAt,
  mappingAt,
  type SettingFault,
  type Settings,
  textAt,
} from "./settingRules.ts";

/**
 * Settings of `logging`, which kubelet and kube-proxy share: logs/api/v1/options.go of
 * k8s.io/component-base v0.36.4. Bounds of single values are in the schema.
 */
export function* loggingFaults(settings: Settings): Generator<SettingFault> {
  const gates = gatesAt(settings);
  const logging = mappingAt(settings, "logging");
  const format = textAt(logging, "format", "text");
  if (format === "json" && !isEnabled(gates, "LoggingBetaOptions")) {
    yield faultAt(
      "json needs the feature gate LoggingBetaOptions; enable it, or remove the format",
      ["logging", "format"],
      "featureGates",
    );
  }
  const modules = listAt(logging, "vmodule") as Settings[];
  if (format !== "text" && modules.length > 0) {
    yield faultAt(`format ${format} has no vmodule; remove it, or use format text`, [
      "logging",
      "vmodule",
    ]);
  }
  for (const [index, module] of modules.entries()) {
    const filePattern = textAt(module, "filePattern");
    if (filePattern === "" || /[=,]/.test(filePattern)) {
      yield faultAt(
        `expected the name of a Go file without = and comma, got ${JSON.stringify(filePattern)}; write a pattern like kubelet*`,
        ["logging", "vmodule", index, "filePattern"],
      );
    }
  }
  const options = mappingAt(logging, "options");
  for (const style of ["text", "json"]) {
    const size = textAt(mappingAt(options, style), "infoBufferSize", "0");
    if (amount(size) !== 0 && !isEnabled(gates, "LoggingAlphaOptions")) {
      yield faultAt(
        `${size} needs the feature gate LoggingAlphaOptions; enable it, or remove this`,
        ["logging", "options", style, "infoBufferSize"],
      );
    }
  }
}
