import type { Server } from "@grpc/grpc-js";
import { connectToEngine, type Engine } from "./engine.ts";
import { engineAddress } from "./engineArguments.ts";
import { endWithParent } from "./lifetime.ts";
import { listen } from "./listen.ts";

export interface PluginProcess {
  /** Adds the plugin's service; `engine` and `address` are undefined if it is started manually. */
  register(
    server: Server,
    parent: { engine: Engine | undefined; address: string | undefined },
  ): void;
  /** Releases the plugin's resources; called once, before the process ends. */
  close(): Promise<void> | void;
}

/**
 * Makes this process a plugin: serves on a loopback port, prints the port for the engine, and ends
 * with the engine.
 */
export async function servePlugin(plugin: PluginProcess): Promise<void> {
  const address = engineAddress(process.argv.slice(2));
  const engine = address === undefined ? undefined : connectToEngine(address);
  const { end } = endWithParent(async () => {
    await plugin.close();
    engine?.close();
  });
  engine?.onLost(end);
  const { port } = await listen((server) => {
    plugin.register(server, { engine, address });
  });
  process.stdout.write(`${port}\n`);
}
