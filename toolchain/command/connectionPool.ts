import { type Connection, connectionKey } from "./connection.ts";
import { SharedConnection } from "./sharedConnection.ts";

/** The SSH connections of a run: one for each route to a host and each way to verify it. */
export class ConnectionPool {
  readonly #shared = new Map<string, SharedConnection>();

  /** The connection that all commands with these parameters share; it is opened on first use. */
  get(connection: Connection): SharedConnection {
    const key = connectionKey(connection);
    const found = this.#shared.get(key);
    if (found) return found;
    const { proxy } = connection;
    const made = new SharedConnection(
      connection,
      proxy
        ? async (signal) => {
            try {
              return await this.get(proxy).forward(connection, {
                limit: proxy.dialErrorLimit,
                signal,
                onFailure: () => undefined,
              });
            } catch (error) {
              throw new Error(`proxy: ${(error as Error).message}`, { cause: error });
            }
          }
        : undefined,
    );
    this.#shared.set(key, made);
    return made;
  }

  /** Closes all connections; commands that use them fail. */
  end(): void {
    for (const shared of this.#shared.values()) shared.end(new Error("the plugin is ending"));
    this.#shared.clear();
  }
}
