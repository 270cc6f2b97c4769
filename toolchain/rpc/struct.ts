import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "./value.ts";

/** Properties as a protobuf message; undefined properties are omitted. */
export function toStruct(properties: { readonly [name: string]: unknown }): structPb.Struct {
  // Struct.fromJavaScript throws on undefined, which JSON omits.
  const plain = JSON.parse(JSON.stringify(properties)) as Record<string, structPb.JavaScriptValue>;
  return structPb.Struct.fromJavaScript(plain);
}

/** The properties in a message; empty without a message. */
export function fromStruct(struct: structPb.Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}
