import { Server, ServerCredentials } from "@grpc/grpc-js";
import { channelOptions } from "./channelOptions.ts";

/** Starts a gRPC server on a free port of the loopback interface. */
export async function listen(
  register: (server: Server) => void,
): Promise<{ server: Server; port: number }> {
  const server = new Server(channelOptions);
  register(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { server, port };
}
