import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";

/** An API server's address, and the identity of the client. */
export interface ClusterAccess {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
  /** The name in the server's certificate, if it is not the host's. */
  readonly serverName?: string;
  readonly isInsecure: boolean;
  /** Both in PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** The Authorization header. */
  readonly authorization?: string;
  /** The context's namespace. */
  readonly namespace?: string;
}

interface Cluster {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
}

interface User {
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly exec?: object;
  readonly "auth-provider"?: object;
}

interface Context {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

interface Kubeconfig {
  readonly "current-context"?: string;
  readonly clusters?: readonly { readonly name: string; readonly cluster?: Cluster }[];
  readonly users?: readonly { readonly name: string; readonly user?: User }[];
  readonly contexts?: readonly { readonly name: string; readonly context?: Context }[];
}

export interface Selection {
  /** A kubeconfig's text or path; by default KUBECONFIG, then ~/.kube/config. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
}

/**
 * Reads the access from a kubeconfig.
 *
 * @throws with the entry that is missing or of an unsupported kind
 */
export function clusterAccess(selection: Selection): ClusterAccess {
  const { config, directory } = load(selection.kubeconfig);
  const { context, cluster } = activeCluster(config, selection);
  const user = userOf(config, context.user);
  if (user.exec ?? user["auth-provider"]) {
    throw new Error(
      `kubeconfig, user ${context.user ?? ""}: found exec or auth-provider, expected a certificate, token or password; hardway's kubernetes plugin supports no others`,
    );
  }
  const file = (data: string | undefined, path: string | undefined) =>
    data === undefined
      ? path && readFileSync(resolve(directory, path), "utf8")
      : Buffer.from(data, "base64").toString();
  const cert = file(user["client-certificate-data"], user["client-certificate"]);
  const key = file(user["client-key-data"], user["client-key"]);
  const ca = file(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  const authorization = authorizationOf(user, directory);
  const serverName = cluster["tls-server-name"];
  return {
    server: (cluster.server ?? "").replace(/\/+$/, ""),
    isInsecure: cluster["insecure-skip-tls-verify"] ?? false,
    ...(ca ? { ca } : {}),
    ...(serverName ? { serverName } : {}),
    ...(cert && key ? { clientCertificate: { cert, key } } : {}),
    ...(authorization ? { authorization } : {}),
    ...(context.namespace ? { namespace: context.namespace } : {}),
  };
}

/** The cluster's entry in a kubeconfig; a changed entry may mean another cluster. */
export function clusterEntry(selection: Selection): unknown {
  return activeCluster(load(selection.kubeconfig).config, selection).cluster;
}

function userOf(config: Kubeconfig, name: string | undefined): User {
  if (name === undefined) return {};
  return entry(config.users, { kind: "user", name }, (found) => found.user);
}

function authorizationOf(user: User, directory: string): string | undefined {
  const token = user.tokenFile
    ? readFileSync(resolve(directory, user.tokenFile), "utf8").trim()
    : user.token;
  if (token) return `Bearer ${token}`;
  if (user.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
}

function activeCluster(
  config: Kubeconfig,
  selection: Selection,
): { context: Context; cluster: Cluster } {
  const name = selection.context ?? config["current-context"];
  if (!name) throw new Error("kubeconfig: expected a current-context, found none");
  const context = entry(config.contexts, { kind: "context", name }, (found) => found.context);
  const clusterName = selection.cluster ?? context.cluster ?? "";
  const cluster = entry(
    config.clusters,
    { kind: "cluster", name: clusterName },
    (found) => found.cluster,
  );
  if (!cluster.server)
    throw new Error(`kubeconfig, cluster ${clusterName}: expected a server, found none`);
  return { context, cluster };
}

function entry<Entry extends { readonly name: string }, T>(
  list: readonly Entry[] | undefined,
  { kind, name }: { kind: string; name: string },
  content: (entry: Entry) => T | undefined,
): T {
  const match = list?.find((candidate) => candidate.name === name);
  const found = match && content(match);
  if (found !== undefined) return found;
  const known = list?.map((candidate) => candidate.name).join(", ");
  throw new Error(
    `kubeconfig: found no ${kind} ${name}, expected one of: ${known || "none there"}`,
  );
}

function load(kubeconfig: string | undefined): { config: Kubeconfig; directory: string } {
  const isText = kubeconfig !== undefined && /[\n{]/.test(kubeconfig);
  if (isText) return { config: parseText(kubeconfig, "kubeconfig"), directory: process.cwd() };
  const ambient = process.env.KUBECONFIG?.split(":")[0];
  const path = kubeconfig || ambient || join(homedir(), ".kube/config");
  return { config: parseText(readFileSync(path, "utf8"), path), directory: dirname(resolve(path)) };
}

/** YAML errors quote the text, which contains keys, so only the line is reported. */
function parseText(text: string, place: string): Kubeconfig {
  try {
    return (parse(text) ?? {}) as Kubeconfig;
  } catch (error) {
    const { linePos } = error as { linePos?: readonly { line: number }[] };
    throw new Error(
      `${place}, line ${linePos?.[0]?.line ?? "unknown"}: expected YAML or JSON, found neither`,
    );
  }
}
