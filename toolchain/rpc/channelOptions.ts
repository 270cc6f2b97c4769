import type { ChannelOptions } from "@grpc/grpc-js";

/** The engine's own limit: a message may contain a whole state or schema. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** The options of every server and client. */
export const channelOptions: ChannelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  // Otherwise a channel becomes idle after 30 min without calls, which looks like a lost engine.
  "grpc.client_idle_timeout_ms": 2 ** 31 - 1,
};
