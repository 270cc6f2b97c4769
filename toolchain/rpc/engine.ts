import { connectivityState, credentials } from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import { channelOptions } from "./channelOptions.ts";

export type Severity = "debug" | "info" | "warning" | "error";

export interface LogLine {
  readonly severity: Severity;
  readonly text: string;
  /** The resource that the line is about. */
  readonly urn?: string;
  /**
   * A status line, shown beside its resource during the operation and not kept in the diagnostics.
   */
  readonly ephemeral?: boolean;
}

/** The engine that started the plugin. */
export interface Engine {
  /**
   * Resolves when the engine has received the line; lines arrive in the order of the calls. Never
   * rejects.
   */
  log(line: LogLine): Promise<void>;
  /** Calls back once, when an established connection is lost. */
  onLost(callback: () => void): void;
  close(): void;
}

const severities: Readonly<Record<Severity, enginePb.LogSeverity>> = {
  debug: enginePb.LogSeverity.DEBUG,
  info: enginePb.LogSeverity.INFO,
  warning: enginePb.LogSeverity.WARNING,
  error: enginePb.LogSeverity.ERROR,
};

/** Connects to the engine at `address` (`host:port`). */
export function connectToEngine(address: string): Engine {
  const client = new engineGrpc.EngineClient(address, credentials.createInsecure(), channelOptions);
  let sent = Promise.resolve();
  const send = (line: LogLine) =>
    new Promise<void>((resolve) => {
      const request = new enginePb.LogRequest();
      request.setSeverity(severities[line.severity]);
      request.setMessage(line.text);
      request.setUrn(line.urn ?? "");
      request.setEphemeral(line.ephemeral ?? false);
      // A line that cannot be delivered must not fail the operation that it is about.
      client.log(request, () => {
        resolve();
      });
    });
  return {
    log: (line) => {
      // Sent one at a time, because parallel calls arrive in any order.
      sent = sent.then(() => send(line));
      return sent;
    },
    onLost: (callback) => {
      watch(client.getChannel(), callback);
    },
    close: () => {
      client.close();
    },
  };
}

function watch(
  channel: ReturnType<engineGrpc.EngineClient["getChannel"]>,
  onLost: () => void,
): void {
  let wasReady = false;
  const step = () => {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) wasReady = true;
    else if (wasReady || state === connectivityState.SHUTDOWN) {
      onLost();
      return;
    }
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, (error) => {
      if (!error) step();
    });
  };
  step();
}
