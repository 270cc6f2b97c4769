import { Metadata, status } from "@grpc/grpc-js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import { InitFailed } from "./provider.ts";
import { toStruct } from "./struct.ts";

/** Makes the engine apply its default for plugins that do not implement a call. */
export class Unimplemented extends Error {}

export interface RpcError {
  readonly code: status;
  readonly message: string;
  readonly metadata?: Metadata;
}

/**
 * Converts an error for the engine; the status's details of `InitFailed` contain the partly created
 * resource.
 */
export function rpcError(error: unknown): RpcError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Unimplemented) return { code: status.UNIMPLEMENTED, message };
  if (!(error instanceof InitFailed)) return { code: status.UNKNOWN, message };

  const detail = new providerPb.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(toStruct(error.state));
  detail.setInputs(toStruct(error.inputs));
  detail.setReasonsList([...error.reasons]);
  const packed = new anyPb.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rpcStatus = new statusPb.Status();
  rpcStatus.setCode(status.UNKNOWN);
  rpcStatus.setMessage(message);
  rpcStatus.addDetails(packed);
  const metadata = new Metadata();
  // gRPC's field for structured errors, which grpc-js leaves to its users.
  metadata.set("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
  return { code: status.UNKNOWN, message, metadata };
}
