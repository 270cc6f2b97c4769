import { z } from "zod";
import { clusterSchema } from "../schema/clusterSchema.ts";

/**
 * The JSON Schema of `Pulumi.<lab>.yaml`, with which editors complete and check it. Draft 7,
 * because the YAML language server supports that version.
 */
export function stackSchema(): object {
  const {
    $schema,
    definitions = {},
    ...cluster
  } = z.toJSONSchema(clusterSchema, {
    target: "draft-7",
    // What a person writes: keys with a default may be missing.
    io: "input",
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) {
        delete jsonSchema.minimum;
      }
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) {
        delete jsonSchema.maximum;
      }
      // Says only that a section without keys is full of defaults, in as many lines as it has keys.
      if (jsonSchema.type === "object") {
        delete jsonSchema.default;
      }
    },
  });
  return {
    $schema,
    title: "A lab of hardway",
    description:
      "Written by config/generate/writeSchema.ts from config/schema/clusterSchema.ts, not by hand",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: {
          "hardway:cluster": {
            description: "The lab: its nodes, and what differs from the defaults",
            ...cluster,
          },
        },
        patternProperties: { "^hardway:(?!cluster$)": false },
        required: ["hardway:cluster"],
      },
    },
    required: ["config"],
    definitions,
  };
}
