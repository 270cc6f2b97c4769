import { expect, test } from "vitest";
import { stackSchema } from "../../../config/generate/stackSchema.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { planCluster } from "../../../plan/planCluster.ts";
import { allSettings, changed, examples, surroundingsOfAll } from "./allSettings.ts";

interface JsonSchema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/** Every key of the schema without further keys of hardway, like `nodes.NAME.memoryMiB`. */
function leaves(schema: JsonSchema, path: string): string[] {
  const { properties = {}, additionalProperties, anyOf = [], allOf = [] } = schema;
  // Kubernetes' and etcd's settings are passed on unchanged, whatever their names.
  const isOwn = !/\.?(kubelet|kubeProxy|flags|labels|registries)$/.test(path);
  const parts = isOwn
    ? [
        ...Object.entries(properties).flatMap(([key, part]) =>
          leaves(part, path === "" ? key : `${path}.${key}`),
        ),
        ...(typeof additionalProperties === "object"
          ? leaves(additionalProperties, `${path}.NAME`)
          : []),
        ...[...anyOf, ...allOf].flatMap((part) =>
          leaves(part, path).filter((leaf) => leaf !== path),
        ),
      ]
    : [];
  return parts.length === 0 ? [path] : [...new Set(parts)];
}

const schema = stackSchema() as {
  properties: { config: { properties: { "hardway:cluster": JsonSchema } } };
};
const keys = leaves(schema.properties.config.properties["hardway:cluster"], "");

/** The plan with its problems and notes, which some settings are for. */
const plannedOf = (cluster: unknown): string =>
  JSON.stringify(planCluster(labFrom(cluster, surroundingsOfAll), undefined));

test("every key of the schema has an example", () => {
  expect(keys.filter((key) => !(key in examples))).toEqual([]);
  expect(Object.keys(examples).filter((key) => !keys.includes(key))).toEqual([]);
});

test.each(Object.entries(examples))(
  "the plan follows from %s",
  (_key, { path, value, base = allSettings }) => {
    const other = changed(base, path, () => value);
    expect(plannedOf(other)).not.toBe(plannedOf(base));
  },
);
