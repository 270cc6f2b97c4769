import { isPlainObject, type Properties, reveal } from "../rpc/value.ts";
import { type Manifest, manifestOf, propertiesOf, withSecretsOf } from "./manifest.ts";

/** An object's state, in the official plugin's form. */
export interface Checkpoint {
  /** The object as the server last returned it. */
  readonly live: Manifest;
  /** The inputs that it was applied with. */
  readonly inputs: Manifest;
  readonly initialApiVersion: string;
  /** The field manager of this resource; each resource has its own. */
  readonly fieldManager: string;
}

const INTERNAL = ["__inputs", "__initialApiVersion", "__fieldManager"];

/** @param secretInputs inputs with their envelopes; the state marks the same values as secret */
export function toState(checkpoint: Checkpoint, secretInputs: Properties): Properties {
  const { live, inputs, initialApiVersion, fieldManager } = checkpoint;
  return {
    ...withSecretsOf(propertiesOf(live), secretInputs),
    __inputs: withSecretsOf(propertiesOf(inputs), secretInputs),
    __initialApiVersion: initialApiVersion,
    __fieldManager: fieldManager,
  };
}

/** Missing parts are empty, as after an import. */
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
