import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "./value.ts";

/** Properties as the protobuf message that carries them; a property that is undefined is left out. */
export function toStruct(properties: { readonly [name: string]: unknown }): structPb.Struct {
  // Struct.fromJavaScript throws on undefined, which JSON leaves out.
  const plain = JSON.parse(JSON.stringify(properties)) as Record<string, structPb.JavaScriptValue>;
  return structPb.Struct.fromJavaScript(plain);
}

/** The properties in a message; none if the message lacks them. */
export function fromStruct(struct: structPb.Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}
