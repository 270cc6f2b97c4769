import { type ApiClient, ApiError, type ApiRequest } from "./apiClient.ts";
import { idOf, type Manifest } from "./manifest.ts";

/** The API path of a kind. */
interface ResourcePath {
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** The API server does not know the kind; its CustomResourceDefinition may not exist yet. */
export class UnknownKind extends Error {}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Takes fields from other managers instead of failing with a conflict. */
  readonly isForced: boolean;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

/** Reads and writes the objects of one cluster. */
export class Cluster {
  readonly #client: ApiClient;
  readonly #kinds: Map<string, ResourcePath>;

  constructor(client: ApiClient, kinds = new Map<string, ResourcePath>()) {
    this.#client = client;
    this.#kinds = kinds;
  }

  /** The same cluster for requests that are not worth a wait: without retries. */
  impatient(): Cluster {
    return new Cluster(this.#client.impatient(), this.#kinds);
  }

  /** Server-side apply: creates the object, or sets only the manifest's fields. */
  async apply(manifest: Manifest, options: ApplyOptions): Promise<Manifest> {
    return this.#client.send({
      method: "PATCH",
      path: await this.#path(manifest, options.signal),
      query: {
        fieldManager: options.fieldManager,
        force: String(options.isForced),
        fieldValidation: "Warn",
        ...(options.isDryRun ? { dryRun: "All" } : {}),
      },
      // JSON is YAML.
      contentType: "application/apply-patch+yaml",
      body: manifest,
      signal: options.signal,
    });
  }

  /** Replaces the existing object. */
  async replace(manifest: Manifest, options: Omit<ApplyOptions, "isForced">): Promise<Manifest> {
    return this.#client.send({
      method: "PUT",
      path: await this.#path(manifest, options.signal),
      query: {
        fieldManager: options.fieldManager,
        ...(options.isDryRun ? { dryRun: "All" } : {}),
      },
      body: manifest,
      signal: options.signal,
    });
  }

  async patchJson(
    manifest: Manifest,
    patch: readonly object[],
    signal: AbortSignal,
  ): Promise<Manifest> {
    return this.#client.send({
      method: "PATCH",
      path: await this.#path(manifest, signal),
      contentType: "application/json-patch+json",
      body: patch,
      signal,
    });
  }

  /** The live object; undefined if it does not exist. */
  async find(manifest: Manifest, signal: AbortSignal): Promise<Manifest | undefined> {
    try {
      return await this.#client.send({
        method: "GET",
        path: await this.#path(manifest, signal),
        signal,
      });
    } catch (error) {
      if (error instanceof UnknownKind || isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** The objects of a kind in a namespace. */
  async list(
    { apiVersion, kind }: { apiVersion: string; kind: string },
    {
      namespace,
      query,
      signal,
    }: { namespace: string; query: Record<string, string>; signal: AbortSignal },
  ): Promise<readonly Manifest[]> {
    const any = { apiVersion, kind, metadata: { name: "", namespace } };
    const path = (await this.#path(any, signal)).replace(/\/$/, "");
    const { items } = await this.#client.send<{ items: readonly Manifest[] }>({
      method: "GET",
      path,
      query,
      signal,
    });
    return items;
  }

  /** Requests the object's deletion; `propagation` decides about its dependents. */
  async delete(
    manifest: Manifest,
    { propagation, signal }: { propagation: string; signal: AbortSignal },
  ): Promise<void> {
    try {
      await this.#client.send({
        method: "DELETE",
        path: await this.#path(manifest, signal),
        // In the query, because some API groups reject a body that does not name its kind.
        query: { propagationPolicy: propagation },
        signal,
      });
    } catch (error) {
      if (!(error instanceof UnknownKind) && !isNotFound(error)) throw error;
    }
  }

  async isNamespaced(manifest: Manifest, signal: AbortSignal): Promise<boolean> {
    return (await this.#resource(manifest, signal)).isNamespaced;
  }

  close(): void {
    this.#client.close();
  }

  async #path(manifest: Manifest, signal: AbortSignal): Promise<string> {
    const { plural, isNamespaced } = await this.#resource(manifest, signal);
    const { namespace = "default", name = "" } = manifest.metadata;
    const scope = isNamespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    return `${groupPath(manifest.apiVersion)}${scope}/${plural}/${encodeURIComponent(name)}`;
  }

  /**
   * Requested from the server once for each kind, and again while the server does not know the
   * kind.
   */
  async #resource(manifest: Manifest, signal: AbortSignal): Promise<ResourcePath> {
    const { apiVersion, kind } = manifest;
    const known = this.#kinds.get(`${apiVersion}/${kind}`);
    if (known) return known;
    for (const { name, namespaced, kind: served } of await this.#resources(apiVersion, signal)) {
      if (name.includes("/")) continue;
      this.#kinds.set(`${apiVersion}/${served}`, { plural: name, isNamespaced: namespaced });
    }
    const found = this.#kinds.get(`${apiVersion}/${kind}`);
    if (found) return found;
    throw new UnknownKind(
      `${idOf(manifest)}: the API server does not know ${apiVersion} ${kind}; check that its CustomResourceDefinition exists`,
    );
  }

  async #resources(apiVersion: string, signal: AbortSignal): Promise<readonly ApiResource[]> {
    const request: ApiRequest = { method: "GET", path: groupPath(apiVersion), signal };
    try {
      return (await this.#client.send<{ resources: readonly ApiResource[] }>(request)).resources;
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
