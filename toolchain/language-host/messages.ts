import type pb from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import type { ProgramRequest } from "./programCommand.ts";
import type { RequiredPackage } from "./requiredPackages.ts";

/** The program's directory and runtime options. */
export function infoOf(request: { getInfo(): pb.ProgramInfo | undefined }): pb.ProgramInfo {
  const info = request.getInfo();
  if (!info)
    throw new Error("the CLI sent no program info; expected a CLI of version 3.100 or newer");
  return info;
}

export function programRequest(request: pb.RunRequest, engineAddress: string): ProgramRequest {
  const info = infoOf(request);
  return {
    monitorAddress: request.getMonitorAddress(),
    engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    rootDirectory: info.getRootDirectory(),
    programDirectory: info.getProgramDirectory(),
    entryPoint: info.getEntryPoint(),
    args: request.getArgsList(),
    parallel: request.getParallel(),
    isPreview: request.getDryrun(),
    config: new Map(request.getConfigMap().entries()),
    configSecretKeys: request.getConfigsecretkeysList(),
  };
}

export function packageDependency(required: RequiredPackage): pluginPb.PackageDependency {
  const message = new pluginPb.PackageDependency();
  message.setKind("resource").setName(required.name).setVersion(required.version);
  message.setServer(required.server);
  const { parameterization } = required;
  if (parameterization) {
    const { name, version, value } = parameterization;
    message.setParameterization(
      new pluginPb.PackageParameterization().setName(name).setVersion(version).setValue(value),
    );
  }
  return message;
}
