import { createRequire } from "node:module";
import { join } from "node:path";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import hclPb from "@pulumi/pulumi/proto/codegen/hcl_pb.js";
import pb from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { fromStruct } from "../rpc/struct.ts";
import { unary } from "../rpc/unary.ts";
import { generateSdk } from "./generateSdk.ts";
import { locateModule } from "./locateModule.ts";
import { infoOf, packageDependency, programRequest } from "./messages.ts";
import { linkPackage, lockedDependencies, npmVersion } from "./npm.ts";
import { programArguments, programEnvironment } from "./programCommand.ts";
import { requiredPackages } from "./requiredPackages.ts";
import { runProgram } from "./runProgram.ts";
import { runtimeOptions } from "./runtimeOptions.ts";
import { install, runPlugin, type Streaming, stream } from "./streams.ts";

export interface LanguageHost {
  /** `host:port`; the Handshake call replaces it. */
  readonly engineAddress: string;
  readonly version: string;
  /** Path of the helper that generates SDKs. */
  readonly genSdk: string | undefined;
  /** Ends running programs, on the Cancel call and at the end of this process. */
  readonly stopped: AbortController;
}

/** The part of the LanguageRuntime service that the CLI needs for Node.js programs. */
export function languageService(host: LanguageHost): UntypedServiceImplementation {
  let { engineAddress } = host;
  return {
    handshake: unary((request: pb.LanguageHandshakeRequest) => {
      engineAddress = request.getEngineAddress() || engineAddress;
      return new pb.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new pluginPb.PluginInfo().setVersion(host.version)),
    getRequiredPackages: unary((request: pb.GetRequiredPackagesRequest) => {
      const response = new pb.GetRequiredPackagesResponse();
      for (const required of requiredPackages(infoOf(request).getProgramDirectory())) {
        response.addPackages(packageDependency(required));
      }
      return response;
    }),
    run: unary(async (request: pb.RunRequest) => {
      const info = infoOf(request);
      const options = runtimeOptions(fromStruct(info.getOptions()));
      const program = programRequest(request, engineAddress);
      const runModule = locateModule("@pulumi/pulumi/cmd/run", program.programDirectory);
      const { error, bail } = await runProgram(programArguments(program, { runModule, options }), {
        env: programEnvironment(program, options),
        signal: host.stopped.signal,
      });
      return new pb.RunResponse().setError(error).setBail(bail);
    }),
    installDependencies: (
      call: Streaming<pb.InstallDependenciesRequest, pb.InstallDependenciesResponse>,
    ) => {
      void stream(call, () => install(call, host.stopped.signal));
    },
    runPlugin: (call: Streaming<pb.RunPluginRequest, pb.RunPluginResponse>) => {
      void stream(call, () => runPlugin(call, host.stopped.signal));
    },
    about: unary(async (request: pb.AboutRequest) => {
      const response = new pb.AboutResponse();
      response.setExecutable(process.execPath);
      response.setVersion(process.version);
      const metadata = response.getMetadataMap();
      metadata.set("packagemanager", "npm");
      metadata.set("packagemanagerVersion", await npmVersion().catch(() => ""));
      const typescript = typescriptVersion(infoOf(request).getProgramDirectory());
      if (typescript !== undefined) metadata.set("typescriptVersion", typescript);
      return response;
    }),
    getProgramDependencies: unary((request: pb.GetProgramDependenciesRequest) => {
      const response = new pb.GetProgramDependenciesResponse();
      const directory = infoOf(request).getProgramDirectory();
      for (const { name, version } of lockedDependencies(
        directory,
        request.getTransitivedependencies(),
      )) {
        response.addDependencies(new pb.DependencyInfo().setName(name).setVersion(version));
      }
      return response;
    }),
    generatePackage: unary(async (request: pb.GeneratePackageRequest) => {
      const diagnostics = await generateSdk(host.genSdk, {
        schema: request.getSchema(),
        directory: request.getDirectory(),
        loaderTarget: request.getLoaderTarget(),
        local: request.getLocal(),
        localDependencies: Object.fromEntries(request.getLocalDependenciesMap().entries()),
        extraFiles: Object.fromEntries(
          [...request.getExtraFilesMap().entries()].map(([path, content]) => [
            path,
            Buffer.from(content).toString("base64"),
          ]),
        ),
      });
      const response = new pb.GeneratePackageResponse();
      const { DIAG_ERROR, DIAG_WARNING } = hclPb.DiagnosticSeverity;
      for (const { severity, summary, detail } of diagnostics) {
        const diagnostic = new hclPb.Diagnostic().setSummary(summary).setDetail(detail);
        response.addDiagnostics(
          diagnostic.setSeverity(severity === "error" ? DIAG_ERROR : DIAG_WARNING),
        );
      }
      return response;
    }),
    link: unary(async (request: pb.LinkRequest) => {
      const directory = infoOf(request).getProgramDirectory();
      const lines = ["You can import the SDK in your TypeScript code with:", ""];
      for (const dependency of request.getPackagesList()) {
        const found = dependency.getPackage();
        const name = found?.getParameterization()?.getName() ?? found?.getName() ?? "";
        await linkPackage(directory, `@pulumi/${name}`, dependency.getPath());
        lines.push(`  import * as ${camelCase(name)} from "@pulumi/${name}";`);
      }
      return new pb.LinkResponse().setImportInstructions(`${lines.join("\n")}\n`);
    }),
    runtimeOptionsPrompts: unary(() => new pb.RuntimeOptionsResponse()),
    template: unary(() => new pb.TemplateResponse()),
    cancel: unary(() => {
      host.stopped.abort();
      return new emptyPb.Empty();
    }),
  };
}

function typescriptVersion(programDirectory: string): string | undefined {
  try {
    const load = createRequire(join(programDirectory, "package.json"));
    return (load("typescript/package.json") as { version: string }).version;
  } catch {
    return undefined;
  }
}

function camelCase(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9]+(.)/g, (_, next: string) => next.toUpperCase());
}
