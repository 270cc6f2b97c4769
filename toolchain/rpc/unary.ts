import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { rpcError } from "./rpcError.ts";

/**
 * A handler that responds with `body`'s result, or with an error in the engine's form if it throws.
 */
export function unary<Request, Response>(body: (request: Request) => Promise<Response> | Response) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    // In a promise chain, so that a throw before the first await is handled too.
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
