import { credentials, type ServiceError } from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import type { LogLine } from "../../../toolchain/rpc/engine.ts";
import { listen } from "../../../toolchain/rpc/listen.ts";
import type { Provider } from "../../../toolchain/rpc/provider.ts";
import { providerService } from "../../../toolchain/rpc/providerService.ts";

/** A provider that is called over gRPC, as the engine does. */
export async function overTheWire(provider: Provider) {
  const lines: LogLine[] = [];
  const service = providerService(provider, (line) => {
    lines.push(line);
    return Promise.resolve();
  });
  const { server, port } = await listen((started) => {
    started.addService(providerGrpc.ResourceProviderService, service);
  });
  const client = new providerGrpc.ResourceProviderClient(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
  );
  return {
    client,
    lines,
    close: () => {
      client.close();
      server.forceShutdown();
    },
  };
}

/** The response to a call: `answer<CreateResponse>((done) => client.create(request, done))`. */
export function answer<Response>(
  send: (done: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    send((error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
  });
}

/** The partly created resource in an error, as the engine unpacks it. */
export function initFailedOf(error: ServiceError): providerPb.ErrorResourceInitFailed | undefined {
  const [packed] = error.metadata.get("grpc-status-details-bin");
  if (packed === undefined || typeof packed === "string") return undefined;
  const [detail] = statusPb.Status.deserializeBinary(packed).getDetailsList();
  if (detail?.getTypeName() !== "pulumirpc.ErrorResourceInitFailed") return undefined;
  return providerPb.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
}
