import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { listen } from "../../../toolchain/rpc/listen.ts";
import { fromStruct } from "../../../toolchain/rpc/struct.ts";
import type { Properties } from "../../../toolchain/rpc/value.ts";

/** The part of the engine that a program without resources uses; it records the requests. */
export interface FakeEngine {
  /** `host:port` of both the engine and the resource monitor. */
  readonly address: string;
  readonly log: string[];
  /** The stack's outputs, after the program has ended. */
  readonly outputs: Properties[];
  close(): void;
}

export async function fakeEngine(): Promise<FakeEngine> {
  const log: string[] = [];
  const outputs: Properties[] = [];
  const empty = (_: unknown, done: sendUnaryData<emptyPb.Empty>) => {
    done(null, new emptyPb.Empty());
  };
  let root = "";
  const { server, port } = await listen((started) => {
    started.addService(engineGrpc.EngineService, {
      log: (
        call: ServerUnaryCall<enginePb.LogRequest, emptyPb.Empty>,
        done: sendUnaryData<emptyPb.Empty>,
      ) => {
        log.push(call.request.getMessage());
        done(null, new emptyPb.Empty());
      },
      getRootResource: (_: unknown, done: sendUnaryData<unknown>) => {
        done(null, new enginePb.GetRootResourceResponse().setUrn(root));
      },
      setRootResource: (
        call: ServerUnaryCall<enginePb.SetRootResourceRequest, unknown>,
        done: sendUnaryData<unknown>,
      ) => {
        root = call.request.getUrn();
        done(null, new enginePb.SetRootResourceResponse());
      },
    });
    started.addService(resourceGrpc.ResourceMonitorService, {
      supportsFeature: (_: unknown, done: sendUnaryData<resourcePb.SupportsFeatureResponse>) => {
        done(null, new resourcePb.SupportsFeatureResponse().setHassupport(false));
      },
      registerResource: (
        call: ServerUnaryCall<
          resourcePb.RegisterResourceRequest,
          resourcePb.RegisterResourceResponse
        >,
        done: sendUnaryData<resourcePb.RegisterResourceResponse>,
      ) => {
        const urn = `urn:pulumi:dev::p::${call.request.getType()}::${call.request.getName()}`;
        done(null, new resourcePb.RegisterResourceResponse().setUrn(urn));
      },
      registerResourceOutputs: (
        call: ServerUnaryCall<resourcePb.RegisterResourceOutputsRequest, emptyPb.Empty>,
        done: sendUnaryData<emptyPb.Empty>,
      ) => {
        outputs.push(fromStruct(call.request.getOutputs()));
        done(null, new emptyPb.Empty());
      },
      signalAndWaitForShutdown: empty,
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    log,
    outputs,
    close: () => {
      server.forceShutdown();
    },
  };
}
