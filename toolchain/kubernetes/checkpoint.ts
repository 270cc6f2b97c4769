import { isPlainObject, type Properties, reveal } from "../rpc/value.ts";
import { type Manifest, manifestOf, propertiesOf, withSecretsOf } from "./manifest.ts";

/** What the state holds of an object, in the official plugin's form. */
export interface Checkpoint {
  /** The object as the server had it last. */
  readonly live: Manifest;
  /** What it was made from. */
  readonly inputs: Manifest;
  readonly initialApiVersion: string;
  /** The name under which this resource owns its fields; each resource has its own. */
  readonly fieldManager: string;
}

const INTERNAL = ["__inputs", "__initialApiVersion", "__fieldManager"];

/** @param secretInputs inputs with their envelopes, whose secretness the state takes over */
export function toState(checkpoint: Checkpoint, secretInputs: Properties): Properties {
  const { live, inputs, initialApiVersion, fieldManager } = checkpoint;
  return {
    ...withSecretsOf(propertiesOf(live), secretInputs),
    __inputs: withSecretsOf(propertiesOf(inputs), secretInputs),
    __initialApiVersion: initialApiVersion,
    __fieldManager: fieldManager,
  };
}

/** Parts that a state lacks (one that was only imported) are empty. */
export function fromState(state: Properties): Checkpoint {
  const plain = reveal(state) as Properties;
  const live = Object.fromEntries(
    Object.entries(plain).filter(([name]) => !INTERNAL.includes(name)),
  );
  const { __inputs, __initialApiVersion, __fieldManager } = plain;
  const inputs = manifestOf(isPlainObject(__inputs) ? __inputs : {});
  return {
    live: manifestOf(live),
    inputs,
    initialApiVersion:
      typeof __initialApiVersion === "string" ? __initialApiVersion : inputs.apiVersion,
    fieldManager: typeof __fieldManager === "string" ? __fieldManager : "",
  };
}
