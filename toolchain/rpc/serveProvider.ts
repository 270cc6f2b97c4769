import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Provider } from "./provider.ts";
import { providerService } from "./providerService.ts";
import { servePlugin } from "./servePlugin.ts";

/** Makes this process a resource plugin that serves `provider`. */
export function serveProvider(provider: Provider): Promise<void> {
  return servePlugin({
    register: (server, { engine }) => {
      const log = engine ? engine.log.bind(engine) : () => Promise.resolve();
      server.addService(providerGrpc.ResourceProviderService, providerService(provider, log));
    },
    close: () => provider.close?.(),
  });
}
