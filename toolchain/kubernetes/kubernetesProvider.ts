import manifest from "@pulumi/kubernetes/package.json" with { type: "json" };
import { changesBetween } from "../rpc/diff.ts";
import type { Provider } from "../rpc/provider.ts";
import type { Properties, Value } from "../rpc/value.ts";
import { isUnknown, reveal } from "../rpc/value.ts";
import { ApiClient } from "./apiClient.ts";
import { checkObject } from "./checkObject.ts";
import { Cluster } from "./cluster.ts";
import type { KubernetesContext } from "./context.ts";
import { createObject } from "./createObject.ts";
import { decodeYaml } from "./decodeYaml.ts";
import { deleteObject } from "./deleteObject.ts";
import { diffObject } from "./diffObject.ts";
import { clusterAccess, clusterEntry } from "./kubeconfig.ts";
import { providerConfig } from "./providerConfig.ts";
import { readObject } from "./readObject.ts";
import { updateObject } from "./updateObject.ts";

/**
 * The kubernetes package, compatible with version 4.34.2 of the official plugin with server-side
 * apply: every kind of object, and yaml.ConfigFile and ConfigGroup. Not supported: Helm, Kustomize,
 * Patch resources, YAML rendering.
 * Source: https://github.com/pulumi/pulumi-kubernetes/tree/master/provider/pkg/provider
 */
export function kubernetesProvider({ retries }: { retries?: number } = {}): Provider {
  let context: KubernetesContext | undefined;
  const configured = (): KubernetesContext => {
    if (context) return context;
    throw new Error("kubernetes: the engine sent a call before it configured the plugin");
  };
  return {
    name: "kubernetes",
    version: manifest.pulumi.version,
    configure: (args) => {
      const config = providerConfig(args);
      const access = clusterAccess(config);
      context?.cluster.close();
      context = {
        config,
        defaultNamespace: config.namespace ?? access.namespace ?? "default",
        cluster: new Cluster(new ApiClient(access, retries)),
      };
    },
    diffConfig: (olds, news) => Promise.resolve(configChanges(olds, news)),
    check: (request) => checkObject(request, context),
    diff: (request) => diffObject(request, configured()),
    create: (request) => createObject(request, configured()),
    update: (request) => updateObject(request, configured()),
    read: (request) => readObject(request, configured()),
    delete: (request) => deleteObject(request, configured()),
    invoke: (token, args) => Promise.resolve(invoke(token, args)),
    close: () => context?.cluster.close(),
  };
}

function invoke(token: string, args: Properties): { readonly [name: string]: Value } {
  if (token !== "kubernetes:yaml:decode") {
    throw new Error(
      `${token}: expected kubernetes:yaml:decode, the only function that hardway's kubernetes plugin supports`,
    );
  }
  const { text, defaultNamespace } = reveal(args) as Properties;
  const namespace = typeof defaultNamespace === "string" ? defaultNamespace : undefined;
  return { result: decodeYaml(typeof text === "string" ? text : "", namespace || undefined) };
}

/**
 * Settings that may select another cluster, which recreates every object. If olds and news both
 * have a clusterIdentifier, it alone decides; else the kubeconfig's entry for the cluster does.
 */
function configChanges(olds: Properties, news: Properties) {
  const changes = changesBetween(withoutVersion(olds), withoutVersion(news));
  const pointing = ["kubeconfig", "context", "cluster"].filter((name) => changes.has(name));
  if (given(olds.clusterIdentifier) && given(news.clusterIdentifier)) {
    return { changes, replaces: ["clusterIdentifier"].filter((name) => changes.has(name)) };
  }
  return { changes, replaces: isOtherCluster(olds, news) ? pointing : [] };
}

const given = (value: Value | undefined): boolean =>
  value !== undefined && value !== null && value !== "";

function isOtherCluster(olds: Properties, news: Properties): boolean {
  if (["kubeconfig", "context", "cluster"].some((name) => isUnknown(news[name]))) return true;
  const [before, after] = [olds, news].map((args) => {
    try {
      return JSON.stringify(clusterEntry(providerConfig(args, {})));
    } catch {
      // An unreadable kubeconfig does not identify its cluster.
      return undefined;
    }
  });
  return before !== undefined && after !== undefined && before !== after;
}

function withoutVersion(args: Properties): Properties {
  return Object.fromEntries(Object.entries(args).filter(([name]) => name !== "version"));
}
