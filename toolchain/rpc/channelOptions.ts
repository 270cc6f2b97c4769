import type { ChannelOptions } from "@grpc/grpc-js";

/** As large as the engine's own limit: a whole state or a schema goes in one message. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** For every server and client here. */
export const channelOptions: ChannelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  // Without this a channel goes idle after 30 min without calls, which looks like a vanished engine.
  "grpc.client_idle_timeout_ms": 2 ** 31 - 1,
};
