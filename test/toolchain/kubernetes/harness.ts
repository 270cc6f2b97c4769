import { afterAll, afterEach, beforeAll } from "vitest";
import { kubernetesProvider } from "../../../toolchain/kubernetes/kubernetesProvider.ts";
import type { Provider } from "../../../toolchain/rpc/provider.ts";
import { type Properties, reveal, secret } from "../../../toolchain/rpc/value.ts";
import { FakeApiServer, type Stored } from "../support/fakeApiServer.ts";
import { testOperation } from "../support/operation.ts";

/** The server of the test file, empty before each test. */
export const api = new FakeApiServer();

/** The plugin, connected to the server. */
export const provider = kubernetesProvider();

beforeAll(async () => {
  await api.listen();
  await provider.configure({ kubeconfig: secret(api.kubeconfig) });
});

afterAll(async () => {
  await provider.close?.();
  await api.close();
});

afterEach(() => {
  api.objects.clear();
  api.heard.length = 0;
  api.intercept = () => undefined;
  api.onWrite = () => undefined;
});

/** Another plugin, connected to the same server. */
export async function connected(config: Properties = {}): Promise<Provider> {
  const made = kubernetesProvider();
  await made.configure({ kubeconfig: secret(api.kubeconfig), ...config });
  return made;
}

export const core = (kind: string) => `kubernetes:core/v1:${kind}`;

export const configMap = (data: Properties, metadata: Properties = { name: "cm" }): Properties => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata,
  data,
});

export const cmPath = "/api/v1/namespaces/default/configmaps/cm";

export async function check(type: string, news: Properties, olds: Properties = {}, by = provider) {
  const randomSeed = new Uint8Array([1, 2, 3]);
  return by.check({ ...testOperation(type, "res"), news, olds, randomSeed });
}

/** Calls Check, then Create. */
export async function create(type: string, news: Properties, by = provider) {
  const { inputs } = await check(type, news, {}, by);
  const operation = testOperation(type, "res");
  const made = await by.create({ ...operation, inputs, isPreview: false });
  return { ...made, inputs, lines: operation.lines.map(({ text }) => text) };
}

export async function diff(type: string, state: Properties, news: Properties, by = provider) {
  const oldInputs = reveal(state.__inputs ?? {}) as Properties;
  const { inputs } = await check(type, news, oldInputs, by);
  const request = { ...testOperation(type, "res"), id: "x", state, oldInputs, news: inputs };
  const result = await by.diff(request);
  return { ...result, changes: Object.fromEntries(result.changes) };
}

export const deployment: Properties = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "c", image: "i", resources: { limits: { cpu: "1000m" } } }] },
    },
  },
};
export const deploymentType = "kubernetes:apps/v1:Deployment";

export const available = (object: Stored, count = 2) => {
  const { generation } = object.metadata;
  object.status = {
    observedGeneration: generation,
    replicas: count,
    updatedReplicas: count,
    availableReplicas: count,
  };
};
