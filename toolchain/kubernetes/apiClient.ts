import http from "node:http";
import https from "node:https";
import { pause } from "../../base/pause.ts";
import type { ClusterAccess } from "./kubeconfig.ts";

/** About 30 s in total: the duration of an API server's restart, even on an emulated machine. */
const DEFAULT_RETRIES = 11;

const BACKOFF = { firstMilliseconds: 200, maxMilliseconds: 4_000 };

/** Time limit of one request. */
const REQUEST_MILLISECONDS = 60_000;

const TRANSIENT_STATUS = new Set([429, 502, 503, 504]);

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path on the server, with a leading slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal: AbortSignal;
}

/** A failure that the server reported: a `Status` object. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly StatusCause[];

  constructor(
    status: number,
    body: { message?: string; reason?: string; details?: { causes?: readonly StatusCause[] } },
  ) {
    super(body.message ?? `the API server returned ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.reason = body.reason ?? "";
    this.causes = body.details?.causes ?? [];
  }

  /** True if the change is possible only by recreating the object. */
  get isImmutable(): boolean {
    if (this.status !== 422) return false;
    return [this.message, ...this.causes.map(({ message }) => message ?? "")].some((text) =>
      /immutable|updates to .* are forbidden|may not (be )?(change|update)|cannot (be )?change/i.test(
        text,
      ),
    );
  }
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  /** The field's path: `spec.selector`, `spec.template.spec.containers[0].name`. */
  readonly field?: string;
}

/** The server did not respond: it could not be reached, or the connection was lost. */
export class Unreachable extends Error {}

/** The client of one API server. */
export class ApiClient {
  readonly #access: ClusterAccess;
  readonly #agent: http.Agent;
  readonly #retries: number;

  /** @param retries how often a request is retried while the server restarts */
  constructor(access: ClusterAccess, retries = DEFAULT_RETRIES, agent = agentFor(access)) {
    this.#access = access;
    this.#retries = retries;
    this.#agent = agent;
  }

  /** A client over the same connections, without retries. */
  impatient(): ApiClient {
    return new ApiClient(this.#access, 0, this.#agent);
  }

  /**
   * Sends a request, and retries it while the server restarts.
   *
   * @throws ApiError if the server reports a failure, Unreachable if it does not respond, and the
   * signal's reason if the signal is aborted
   */
  async send<T>(request: ApiRequest): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return (await this.#sendOnce(request)) as T;
      } catch (error) {
        if (attempt === this.#retries || !isTransient(error)) throw error;
        const wait = BACKOFF.firstMilliseconds * 2 ** attempt;
        await pause(Math.min(wait, BACKOFF.maxMilliseconds), request.signal);
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #sendOnce({ method, path, query, body, contentType, signal }: ApiRequest): Promise<unknown> {
    const url = new URL(`${this.#access.server}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const limit = AbortSignal.timeout(REQUEST_MILLISECONDS);
    const send = url.protocol === "http:" ? http.request : https.request;
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        if (signal.aborted) reject(signal.reason as Error);
        else reject(new Unreachable(this.#sentence(error, limit.aborted), { cause: error }));
      };
      const outgoing = send(url, {
        method,
        agent: this.#agent,
        signal: AbortSignal.any([signal, limit]),
        headers: {
          accept: "application/json",
          "user-agent": "pulumi-kubernetes (hardway)",
          ...(this.#access.authorization ? { authorization: this.#access.authorization } : {}),
          ...(payload === undefined
            ? {}
            : {
                "content-type": contentType ?? "application/json",
                "content-length": Buffer.byteLength(payload),
              }),
        },
      });
      outgoing.once("error", fail);
      outgoing.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", fail);
        response.once("end", () => {
          const text = Buffer.concat(chunks).toString();
          const status = response.statusCode ?? 0;
          const parsed = parseJson(text);
          if (status >= 200 && status < 300) resolve(parsed);
          else reject(new ApiError(status, parsed ?? { message: text.trim() }));
        });
      });
      outgoing.end(payload);
    });
  }

  #sentence(error: NodeJS.ErrnoException, isLate: boolean): string {
    const { server } = this.#access;
    if (isLate) return `${server} did not respond within ${REQUEST_MILLISECONDS / 1000} s`;
    switch (error.code) {
      case "ECONNREFUSED":
        return `${server} refused the connection: no API server listens there`;
      case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      case "SELF_SIGNED_CERT_IN_CHAIN":
      case "DEPTH_ZERO_SELF_SIGNED_CERT":
        return `${server} has a certificate that the kubeconfig's CA did not sign (${error.code})`;
      default:
        return `${server}: ${error.message}`;
    }
  }
}

function agentFor(access: ClusterAccess): http.Agent {
  const options = { keepAlive: true, maxSockets: 16 };
  if (access.server.startsWith("http://")) return new http.Agent(options);
  return new https.Agent({
    ...options,
    rejectUnauthorized: !access.isInsecure,
    ...(access.ca ? { ca: access.ca } : {}),
    ...(access.serverName ? { servername: access.serverName } : {}),
    ...access.clientCertificate,
  });
}

function isTransient(error: unknown): boolean {
  if (error instanceof Unreachable) {
    const { code = "" } = error.cause as NodeJS.ErrnoException;
    return ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH"].includes(code);
  }
  return error instanceof ApiError && TRANSIENT_STATUS.has(error.status);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
