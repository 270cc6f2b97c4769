import { type ApiClient, ApiError, type ApiRequest } from "./apiClient.ts";
import { idOf, type Manifest } from "./manifest.ts";

/** Where the API keeps a kind of object. */
interface ResourcePath {
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** The API server does not know the kind; it may come with a CustomResourceDefinition that is not there yet. */
export class UnknownKind extends Error {}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Take fields from other managers instead of failing with a conflict. */
  readonly isForced: boolean;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

/** The objects of one cluster. */
export class Cluster {
  readonly #client: ApiClient;
  readonly #kinds: Map<string, ResourcePath>;

  constructor(client: ApiClient, kinds = new Map<string, ResourcePath>()) {
    this.#client = client;
    this.#kinds = kinds;
  }

  /** The same cluster for questions whose answer is not worth a wait: where it cannot be reached, that is said at once. */
  impatient(): Cluster {
    return new Cluster(this.#client.impatient(), this.#kinds);
  }

  /** Server-side apply: makes the object, or sets just the fields that the manifest has. */
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

  /** Puts the object in the place of the one there. */
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

  /** The object as it is now; undefined if it is not there. */
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

  /** Objects of a kind in a namespace. */
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

  /** Asks for the object's deletion; what hangs on it goes as `propagation` says. */
  async delete(
    manifest: Manifest,
    { propagation, signal }: { propagation: string; signal: AbortSignal },
  ): Promise<void> {
    try {
      await this.#client.send({
        method: "DELETE",
        path: await this.#path(manifest, signal),
        // In the query: a body is refused by some groups unless it names its kind.
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

  /** Asked of the server once for each kind, and again while it does not know the kind. */
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
      `${idOf(manifest)}: the API server does not know ${apiVersion} ${kind}; is its CustomResourceDefinition there?`,
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
