import {
  containsUnknown,
  isArray,
  isPlainObject,
  isSecret,
  type Properties,
  reveal,
  secret,
  type Value,
} from "../rpc/value.ts";

/** A Kubernetes object in the API's form. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [name: string]: unknown;
}

export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly ManagedFields[];
  readonly [name: string]: unknown;
}

/** The fields of one field manager. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
  readonly [name: string]: unknown;
}

/** A tree of field names: `{"f:spec": {"f:replicas": {}}}`. */
export interface FieldSet {
  readonly [field: string]: FieldSet;
}

/**
 * Fields that the server sets; in inputs (a manifest copied from a cluster) they have no meaning.
 */
const READ_ONLY_METADATA = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/**
 * The object that inputs describe, with secrets in plain text and the engine's placeholders for
 * unknown values.
 */
export function manifestOf(inputs: Properties): Manifest {
  const plain = withNames(reveal(inputs), (name) =>
    name.startsWith("x_kubernetes_") ? name.replaceAll("_", "-") : name,
  ) as Properties;
  const metadata = isPlainObject(plain.metadata) ? plain.metadata : {};
  return { apiVersion: "", kind: "", ...plain, metadata };
}

/** An object as properties; SDKs rename `x-kubernetes-…` to valid identifiers. */
export function propertiesOf(manifest: Readonly<Record<string, unknown>>): Properties {
  return withNames(manifest as Properties, (name) =>
    name.startsWith("x-kubernetes-") ? name.replaceAll("-", "_") : name,
  ) as Properties;
}

function withNames(value: Value, rename: (name: string) => string): Value {
  if (isArray(value)) return value.map((element) => withNames(element, rename));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [rename(name), withNames(inner, rename)]),
  );
}

/**
 * Inputs in the form that the server stores, so that a later comparison finds no difference: a
 * Secret's `stringData` becomes `data`, and fields that the server sets are dropped.
 */
export function normalized(manifest: Manifest): Manifest {
  const metadata = Object.fromEntries(
    Object.entries(manifest.metadata).filter(([name]) => !READ_ONLY_METADATA.includes(name)),
  );
  // Generated CRD manifests contain an empty status, which only the server writes.
  const isCrd = manifest.kind === "CustomResourceDefinition";
  const kept = Object.entries(manifest).filter(([name]) => !(isCrd && name === "status"));
  const result = { ...Object.fromEntries(kept), metadata } as Manifest;
  return isSecretKind(result) ? withoutStringData(result) : result;
}

function withoutStringData(manifest: Manifest): Manifest {
  const { stringData, ...rest } = manifest as Manifest & { stringData?: Record<string, string> };
  if (stringData === undefined || containsUnknown(stringData)) return manifest;
  const encoded = Object.entries(stringData).map(([name, text]) => [
    name,
    Buffer.from(text).toString("base64"),
  ]);
  const { data = {} } = rest as { data?: object };
  return { ...rest, data: { ...data, ...(Object.fromEntries(encoded) as object) } };
}

function isSecretKind({ apiVersion, kind }: { apiVersion?: unknown; kind?: unknown }): boolean {
  return apiVersion === "v1" && kind === "Secret";
}

/** `namespace/name`, or the name alone: the resource's id in the state. */
export function idOf({ metadata: { namespace, name = "" } }: Manifest): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** `apps/v1 Deployment kube-system/coredns`, for messages. */
export function describe(manifest: Manifest): string {
  return `${manifest.apiVersion} ${manifest.kind} ${idOf(manifest)}`;
}

export function annotation(manifest: Manifest, name: string): string | undefined {
  return manifest.metadata.annotations?.[name];
}

/** Marks outputs as secret if the same inputs are. */
export function withSecretsOf(outputs: Properties, inputs: Properties): Properties {
  const isSecretObject = isSecretKind(outputs) || outputs.kind === "Secret";
  const entries = Object.entries(outputs).map(([name, value]): [string, Value] => {
    if (isSecretObject && (name === "data" || name === "stringData")) return [name, secret(value)];
    const input = inputs[name];
    if (isSecretObject || input === undefined) return [name, value];
    if (isPlainObject(value) && isPlainObject(input)) return [name, withSecretsOf(value, input)];
    // One secret element makes the whole list secret, because the server may reorder it.
    return [name, containsSecret(input) ? secret(value) : value];
  });
  return Object.fromEntries(entries);
}

function containsSecret(value: Value): boolean {
  if (isSecret(value)) return true;
  if (isArray(value)) return value.some(containsSecret);
  return isPlainObject(value) && Object.values(value).some(containsSecret);
}
