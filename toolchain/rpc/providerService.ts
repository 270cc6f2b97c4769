import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { type ChangeKind, rootOf } from "./diff.ts";
import type { LogLine } from "./engine.ts";
import { Operations } from "./operations.ts";
import type { CheckFailure, DiffResult, Operation, Provider, Subject } from "./provider.ts";
import { Unimplemented } from "./rpcError.ts";
import { fromStruct, toStruct } from "./struct.ts";
import { unary } from "./unary.ts";

interface About {
  getUrn(): string;
  getName(): string;
  getType(): string;
}

/** The ResourceProvider service of the engine's protocol, implemented by a `Provider`. */
export function providerService(
  provider: Provider,
  log: (line: LogLine) => Promise<void>,
): UntypedServiceImplementation {
  const operations = new Operations();

  /** Runs a call about a resource with a signal and a log for its duration. */
  const operate = <T>(
    verb: string,
    request: About & { getTimeout(): number },
    body: (operation: Operation) => Promise<T>,
  ): Promise<T> => {
    const subject = subjectOf(request);
    return operations.run({ verb, seconds: request.getTimeout() }, (signal) =>
      body({ ...subject, signal, log: (line) => log({ ...line, urn: subject.urn }) }),
    );
  };

  return {
    handshake: unary(() => {
      const response = new pb.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(true);
      return response;
    }),
    getPluginInfo: unary(() => new pluginPb.PluginInfo().setVersion(provider.version)),
    getSchema: unary(() => {
      const { name, version } = provider;
      return new pb.GetSchemaResponse().setSchema(JSON.stringify({ name, version }));
    }),
    checkConfig: unary((request: pb.CheckRequest) => {
      const news = fromStruct(request.getNews());
      const failures = provider.checkConfig?.(news) ?? [];
      return checkResponse({ inputs: news, failures });
    }),
    diffConfig: unary(async (request: pb.DiffRequest) => {
      if (!provider.diffConfig) {
        throw new Unimplemented("the engine's default applies");
      }
      const olds = fromStruct(request.getOldInputs() ?? request.getOlds());
      return diffResponse(await provider.diffConfig(olds, fromStruct(request.getNews())));
    }),
    configure: unary(async (request: pb.ConfigureRequest) => {
      await provider.configure(fromStruct(request.getArgs()));
      const response = new pb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setSupportspreview(true);
      return response;
    }),
    check: unary(async (request: pb.CheckRequest) =>
      checkResponse(
        await provider.check({
          ...subjectOf(request),
          olds: fromStruct(request.getOlds()),
          news: fromStruct(request.getNews()),
          randomSeed: request.getRandomseed_asU8(),
        }),
      ),
    ),
    diff: unary(async (request: pb.DiffRequest) =>
      diffResponse(
        await provider.diff({
          ...subjectOf(request),
          id: request.getId(),
          state: fromStruct(request.getOlds()),
          oldInputs: fromStruct(request.getOldInputs()),
          news: fromStruct(request.getNews()),
        }),
      ),
    ),
    create: unary(async (request: pb.CreateRequest) => {
      const created = await operate("create", request, (operation) =>
        provider.create({
          ...operation,
          inputs: fromStruct(request.getProperties()),
          isPreview: request.getPreview(),
        }),
      );
      return new pb.CreateResponse().setId(created.id).setProperties(toStruct(created.state));
    }),
    update: unary(async (request: pb.UpdateRequest) => {
      const updated = await operate("update", request, (operation) =>
        provider.update({
          ...operation,
          id: request.getId(),
          state: fromStruct(request.getOlds()),
          oldInputs: fromStruct(request.getOldInputs()),
          inputs: fromStruct(request.getNews()),
          isPreview: request.getPreview(),
        }),
      );
      return new pb.UpdateResponse().setProperties(toStruct(updated.state));
    }),
    read: unary(async (request: pb.ReadRequest) => {
      const found = await operate("read", request, (operation) =>
        provider.read({
          ...operation,
          id: request.getId(),
          state: fromStruct(request.getProperties()),
          inputs: fromStruct(request.getInputs()),
        }),
      );
      const response = new pb.ReadResponse().setId(found.id);
      if (found.id === "") return response;
      return response.setProperties(toStruct(found.state)).setInputs(toStruct(found.inputs));
    }),
    delete: unary(async (request: pb.DeleteRequest) => {
      await operate("delete", request, (operation) =>
        provider.delete({
          ...operation,
          id: request.getId(),
          state: fromStruct(request.getProperties()),
          inputs: fromStruct(request.getOldInputs()),
        }),
      );
      return new emptyPb.Empty();
    }),
    invoke: unary(async (request: pb.InvokeRequest) => {
      const token = request.getTok();
      if (!provider.invoke) throw new Error(`${provider.name} has no function ${token}`);
      const result = await provider.invoke(token, fromStruct(request.getArgs()));
      return new pb.InvokeResponse().setReturn(toStruct(result));
    }),
    cancel: unary(() => {
      operations.cancel();
      return new emptyPb.Empty();
    }),
  };
}

/** Older engines send only the urn: project::stack::parentType$type::name. */
function subjectOf(request: About): Subject {
  const urn = request.getUrn();
  const [, , types = "", ...names] = urn.split("::");
  return {
    urn,
    name: request.getName() || names.join("::"),
    type: request.getType() || (types.split("$").at(-1) ?? ""),
  };
}

function checkResponse(result: {
  inputs: Parameters<typeof toStruct>[0];
  failures: readonly CheckFailure[];
}): pb.CheckResponse {
  const response = new pb.CheckResponse().setInputs(toStruct(result.inputs));
  for (const { property, reason } of result.failures) {
    response.addFailures(new pb.CheckFailure().setProperty(property).setReason(reason));
  }
  return response;
}

const kinds: Readonly<
  Record<ChangeKind, { update: pb.PropertyDiff.Kind; replace: pb.PropertyDiff.Kind }>
> = {
  add: { update: pb.PropertyDiff.Kind.ADD, replace: pb.PropertyDiff.Kind.ADD_REPLACE },
  delete: { update: pb.PropertyDiff.Kind.DELETE, replace: pb.PropertyDiff.Kind.DELETE_REPLACE },
  update: { update: pb.PropertyDiff.Kind.UPDATE, replace: pb.PropertyDiff.Kind.UPDATE_REPLACE },
};

function diffResponse(result: DiffResult): pb.DiffResponse {
  const response = new pb.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  response.setChanges(result.changes.size === 0 ? DIFF_NONE : DIFF_SOME);
  response.setHasdetaileddiff(true);
  response.setReplacesList([...result.replaces]);
  response.setDiffsList([...new Set([...result.changes.keys()].map(rootOf))]);
  response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
  for (const [path, kind] of result.changes) {
    const detail = new pb.PropertyDiff();
    const isReplace = result.replaces.includes(path);
    detail.setKind(kinds[kind][isReplace ? "replace" : "update"]);
    // The paths are those of inputs, so the engine compares inputs and shows a changed script as a
    // text diff.
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}
