import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { rpcError } from "./rpcError.ts";

/** A handler that answers with what `body` resolves to, and with an error the engine understands if it throws. */
export function unary<Request, Response>(body: (request: Request) => Promise<Response> | Response) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    // In a promise chain, so that a body that throws before its first await is answered, too.
    void Promise.resolve(call.request)
      .then(body)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(rpcError(error));
        },
      );
  };
}
