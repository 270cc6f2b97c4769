import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

type Json = Record<string, unknown>;

/** An object in the API's form. */
export interface Stored extends Json {
  apiVersion: string;
  kind: string;
  metadata: Json & { name: string; namespace?: string; uid: string; resourceVersion: string };
}

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly body: Json | undefined;
}

type Answer = { status: number; body: Json } | undefined;

const kinds: Record<string, readonly { kind: string; name: string; namespaced: boolean }[]> = {
  "/api/v1": [
    { kind: "ConfigMap", name: "configmaps", namespaced: true },
    { kind: "Secret", name: "secrets", namespaced: true },
    { kind: "Service", name: "services", namespaced: true },
    { kind: "Pod", name: "pods", namespaced: true },
    { kind: "Pod", name: "pods/status", namespaced: true },
    { kind: "Namespace", name: "namespaces", namespaced: false },
  ],
  "/apis/apps/v1": [
    { kind: "Deployment", name: "deployments", namespaced: true },
    { kind: "StatefulSet", name: "statefulsets", namespaced: true },
  ],
  "/apis/batch/v1": [{ kind: "Job", name: "jobs", namespaced: true }],
  "/apis/discovery.k8s.io/v1": [
    { kind: "EndpointSlice", name: "endpointslices", namespaced: true },
  ],
  "/apis/scheduling.k8s.io/v1": [
    { kind: "PriorityClass", name: "priorityclasses", namespaced: false },
  ],
};

/**
 * The part of an API server that the plugin uses: objects in memory, server-side apply as a merge.
 */
export class FakeApiServer {
  readonly objects = new Map<string, Stored>();
  readonly heard: Heard[] = [];
  /** Responds to a request instead of the server. */
  intercept: (heard: Heard) => Answer = () => undefined;
  /** A controller's immediate change to a written object. */
  onWrite: (object: Stored) => void = () => undefined;
  readonly #server: Server;
  #counter = 0;
  #port = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(this.#port, "127.0.0.1", resolve);
    });
    const address = this.#server.address();
    this.#port = typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get kubeconfig(): string {
    return JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
      clusters: [{ name: "k", cluster: { server: `http://127.0.0.1:${this.#port}` } }],
      users: [{ name: "u", user: { token: "t" } }],
    });
  }

  /** The object at a path, which must exist. */
  at(path: string): Stored {
    const object = this.objects.get(path);
    if (!object) throw new Error(`${path}: not there, only ${[...this.objects.keys()].join(", ")}`);
    return object;
  }

  writes(): readonly Heard[] {
    return this.heard.filter(({ method, query }) => method !== "GET" && query.dryRun === undefined);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", "http://fake");
    const text = Buffer.concat(chunks).toString();
    const heard: Heard = {
      method: request.method ?? "",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: text === "" ? undefined : (JSON.parse(text) as Json),
    };
    this.heard.push(heard);
    const { status, body } = this.intercept(heard) ?? this.#answer(heard);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }

  #answer(heard: Heard): { status: number; body: Json } {
    const { method, path } = heard;
    const resources = kinds[path];
    if (resources) return { status: 200, body: { resources } };
    if (path.startsWith("/apis/") && path.split("/").length === 4) return notFound(path);
    if (method === "PATCH" && Array.isArray(heard.body))
      return this.#patch(path, heard.body as Json[]);
    if (method === "PATCH" || method === "PUT") return this.#write(heard);
    const found = this.objects.get(path);
    if (method === "DELETE") {
      if (!found) return notFound(path);
      this.objects.delete(path);
      return { status: 200, body: found };
    }
    if (found) return { status: 200, body: found };
    if (!/\/(pods|endpointslices)$/.test(path)) return notFound(path);
    const items = [...this.objects].filter(([key]) => key.startsWith(`${path}/`));
    return { status: 200, body: { items: items.map(([, object]) => object) } };
  }

  #write({ path, query, body }: Heard): { status: number; body: Json } {
    const old = this.objects.get(path);
    const merged = merge(old ?? {}, body ?? {}) as Stored;
    merged.metadata = {
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...merged.metadata,
      uid: old?.metadata.uid ?? `uid-${++this.#counter}`,
      resourceVersion: String(++this.#counter),
      generation: Number(old?.metadata.generation ?? 0) + 1,
    };
    if (query.dryRun === undefined) {
      this.objects.set(path, merged);
      this.onWrite(merged);
    }
    return { status: 200, body: merged };
  }

  #patch(path: string, operations: readonly Json[]): { status: number; body: Json } {
    const object = this.at(path);
    for (const { path: field, value } of operations) {
      const name = String(field).replace("/metadata/", "");
      object.metadata = { ...object.metadata, [name]: value };
    }
    return { status: 200, body: object };
  }
}

export function notFound(path: string): { status: number; body: Json } {
  return {
    status: 404,
    body: { kind: "Status", reason: "NotFound", message: `${path} not found` },
  };
}

export function failure(
  status: number,
  reason: string,
  message: string,
  field?: string,
): { status: number; body: Json } {
  const causes = field === undefined ? [] : [{ field, message }];
  return { status, body: { kind: "Status", reason, message, details: { causes } } };
}

/** RFC 7396, which is sufficient for server-side apply here. */
function merge(old: unknown, fresh: unknown): unknown {
  if (typeof fresh !== "object" || fresh === null || Array.isArray(fresh)) return fresh;
  const base = typeof old === "object" && old !== null ? (old as Json) : {};
  const entries = Object.entries(fresh).map(([name, value]) => [name, merge(base[name], value)]);
  return { ...base, ...(Object.fromEntries(entries) as Json) };
}
