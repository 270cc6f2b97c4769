import type { ServerWritableStream } from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/language_pb.js";
import { rpcError } from "../rpc/rpcError.ts";
import { fromStruct } from "../rpc/struct.ts";
import { locateModule } from "./locateModule.ts";
import { infoOf } from "./messages.ts";
import { npmEnvironment, npmExecutable } from "./npm.ts";
import { runtimeOptions } from "./runtimeOptions.ts";
import { streamChild } from "./streamChild.ts";

export type Streaming<Request, Response> = ServerWritableStream<Request, Response>;

/** Ends the stream after `body`, with its error if it throws. */
export async function stream<Request, Response>(
  call: Streaming<Request, Response>,
  body: () => Promise<void>,
): Promise<void> {
  try {
    await body();
    call.end();
  } catch (error) {
    call.destroy(Object.assign(new Error(), rpcError(error)));
  }
}

/** Installs the program's packages with npm. */
export async function install(
  call: Streaming<pb.InstallDependenciesRequest, pb.InstallDependenciesResponse>,
  signal: AbortSignal,
): Promise<void> {
  const info = infoOf(call.request);
  const { production } = runtimeOptions(fromStruct(info.getOptions()));
  const onStdout = (chunk: Buffer) =>
    call.write(new pb.InstallDependenciesResponse().setStdout(chunk));
  onStdout(Buffer.from("Installing dependencies...\n\n"));
  const code = await streamChild({
    command: npmExecutable(),
    args: ["install", "--loglevel=error", ...(production ? ["--omit=dev"] : [])],
    cwd: info.getProgramDirectory(),
    env: npmEnvironment(),
    signal,
    onStdout,
    onStderr: (chunk) => call.write(new pb.InstallDependenciesResponse().setStderr(chunk)),
  });
  if (code !== 0) {
    throw new Error(`npm install in ${info.getProgramDirectory()} failed: exit code ${code}`);
  }
  onStdout(Buffer.from("Finished installing dependencies\n\n"));
}

/** Runs a Node.js plugin or policy pack until it ends or the engine cancels the call. */
export async function runPlugin(
  call: Streaming<pb.RunPluginRequest, pb.RunPluginResponse>,
  signal: AbortSignal,
): Promise<void> {
  const { request } = call;
  const info = infoOf(request);
  const options = runtimeOptions(fromStruct(info.getOptions()));
  const directory = info.getProgramDirectory();
  const isPolicyPack = request.getKind() === "analyzer";
  const dropped = new AbortController();
  call.once("cancelled", () => {
    dropped.abort();
  });
  const code = await streamChild({
    command: process.execPath,
    args: [
      ...options.nodeargs,
      locateModule(
        `@pulumi/pulumi/cmd/${isPolicyPack ? "run-policy-pack" : "run-plugin"}`,
        directory,
      ),
      // A policy pack expects its directory last, a plugin first.
      ...(isPolicyPack
        ? [...request.getArgsList(), directory]
        : [directory, ...request.getArgsList()]),
    ],
    cwd: isPolicyPack ? directory : request.getPwd(),
    env: {
      ...Object.fromEntries(request.getEnvList().map(splitVariable)),
      ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    },
    signal: AbortSignal.any([signal, dropped.signal]),
    onStdout: (chunk) => call.write(new pb.RunPluginResponse().setStdout(chunk)),
    onStderr: (chunk) => call.write(new pb.RunPluginResponse().setStderr(chunk)),
  });
  call.write(new pb.RunPluginResponse().setExitcode(code));
}

function splitVariable(variable: string): [string, string] {
  const at = variable.indexOf("=");
  return [variable.slice(0, at), variable.slice(at + 1)];
}
