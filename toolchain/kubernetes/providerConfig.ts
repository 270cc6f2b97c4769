import { isSecret, type Properties, reveal } from "../rpc/value.ts";
import type { Selection } from "./kubeconfig.ts";

/** The configuration of a kubernetes.Provider. */
export interface ProviderConfig extends Selection {
  /** The namespace of objects that do not name theirs. */
  readonly namespace?: string;
  /** Adopts existing objects instead of failing. */
  readonly upsertExistingObjects: boolean;
  /** Takes fields from other managers instead of failing with a conflict. */
  readonly enablePatchForce: boolean;
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
  /** If the cluster is unreachable, removes its objects from the state. */
  readonly deleteUnreachable: boolean;
  /** If the cluster is unreachable, keeps the state unchanged. */
  readonly skipUpdateUnreachable: boolean;
}

/**
 * Reads the provider's configuration; a missing flag comes from its PULUMI_K8S_… variable.
 *
 * @throws for an option that this plugin does not support
 */
export function providerConfig(
  args: Properties,
  env: NodeJS.ProcessEnv = process.env,
): ProviderConfig {
  const text = (name: string): string | undefined => {
    const value = args[name];
    const plain = isSecret(value) ? reveal(value) : value;
    return typeof plain === "string" && plain !== "" ? plain : undefined;
  };
  // The SDK passes a flag as JSON in a string.
  const flag = (name: string, variable: string, missing = false): boolean => {
    const value = args[name];
    const plain = (isSecret(value) ? reveal(value) : value) ?? env[variable];
    return plain === undefined || plain === "" ? missing : plain === true || plain === "true";
  };
  if (text("renderYamlToDirectory") !== undefined) throw notServed("renderYamlToDirectory");
  if (!flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true)) {
    throw notServed("enableServerSideApply: false");
  }
  const optional = <Name extends string>(name: Name): { [key in Name]?: string } => {
    const value = text(name);
    return value === undefined ? {} : ({ [name]: value } as { [key in Name]: string });
  };
  return {
    ...optional("kubeconfig"),
    ...optional("context"),
    ...optional("cluster"),
    ...optional("namespace"),
    upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
    enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
    enableConfigMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
    enableSecretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
    deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
  };
}

function notServed(option: string): Error {
  return new Error(
    `kubernetes.Provider, ${option}: hardway's kubernetes plugin does not support this option`,
  );
}
