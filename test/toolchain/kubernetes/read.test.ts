import { describe, expect, test } from "vitest";
import { kubernetesProvider } from "../../../toolchain/kubernetes/kubernetesProvider.ts";
import type { Properties } from "../../../toolchain/rpc/value.ts";
import { FakeApiServer } from "../support/fakeApiServer.ts";
import { testOperation } from "../support/operation.ts";
import { until } from "../support/until.ts";
import { api, cmPath, configMap, core, create, diff, provider } from "./harness.ts";

describe("read", () => {
  const read = (state: Properties, inputs: Properties, by = provider) =>
    by.read({ ...testOperation(core("ConfigMap"), "res"), id: "default/cm", state, inputs });

  test("finds what was changed by hand, in what the inputs name", async () => {
    const { state, inputs } = await create(core("ConfigMap"), configMap({ a: "1", empty: "" }));
    api.at(cmPath).data = { a: "hacked", b: "other" };
    const found = await read(state, inputs);
    expect(found.inputs.data).toEqual({ a: "hacked", empty: "" });
    expect(found.state.data).toEqual({ a: "hacked", b: "other" });
    expect(
      (await diff(core("ConfigMap"), found.state, configMap({ a: "1", empty: "" }))).changes,
    ).toEqual({
      "data.a": "update",
    });
  });

  test("says that an object is gone", async () => {
    const { state, inputs } = await create(core("ConfigMap"), configMap({ a: "1" }));
    api.objects.clear();
    expect(await read(state, inputs)).toEqual({ id: "", inputs: {}, state: {} });
  });

  test("imports by id, without what only the server writes", async () => {
    await create(core("ConfigMap"), configMap({ a: "1" }));
    const found = await read({}, {});
    expect(found.inputs).toEqual({
      ...configMap({ a: "1" }),
      metadata: { name: "cm", namespace: "default" },
    });
  });

  test("says what to do where the cluster cannot be reached", async () => {
    const { state, inputs } = await create(core("ConfigMap"), configMap({ a: "1" }));
    const lost = new FakeApiServer();
    await lost.listen();
    const gone = kubernetesProvider({ retries: 1 });
    await gone.configure({ kubeconfig: lost.kubeconfig });
    const lenient = kubernetesProvider({ retries: 1 });
    await lenient.configure({ kubeconfig: lost.kubeconfig, deleteUnreachable: "true" });
    await lost.close();
    const both = Promise.allSettled([read(state, inputs, gone), read(state, inputs, lenient)]);
    const [strict, deleted] = await both;
    expect(strict).toMatchObject({
      reason: {
        message: expect.stringMatching(
          /refused the connection: no API server listens there; if the cluster is gone for good, PULUMI_K8S_DELETE_UNREACHABLE=true/,
        ) as string,
      },
    });
    expect(deleted).toMatchObject({ value: { id: "" } });
  });
});

describe("delete", () => {
  const remove = (state: Properties, signal?: AbortSignal) =>
    provider.delete({
      ...testOperation(core("ConfigMap"), "res", signal),
      id: "default/cm",
      state,
      inputs: {},
    });

  test("takes everything along and waits until the object is gone", async () => {
    const { state } = await create(core("ConfigMap"), configMap({}));
    await remove(state);
    expect(api.writes().at(-1)).toMatchObject({
      method: "DELETE",
      query: { propagationPolicy: "Foreground" },
    });
    expect(api.objects.size).toBe(0);
    // Again, as after an interrupted run.
    await remove(state);
  });

  test("names the finalizers that hold an object", async () => {
    const { state } = await create(core("ConfigMap"), configMap({}));
    api.at(cmPath).metadata.finalizers = ["example.com/hold"];
    api.intercept = ({ method }) => (method === "DELETE" ? { status: 200, body: {} } : undefined);
    const stop = new AbortController();
    const seen = expect(remove(state, stop.signal)).rejects.toThrow(
      "v1 ConfigMap default/cm: cancelled; finalizers hold it: example.com/hold",
    );
    await until("a look", () => api.heard.filter(({ method }) => method === "GET").length > 2);
    stop.abort(new Error("cancelled"));
    await seen;
  });
});

test("yaml:decode gives the objects of a text, in their namespace", async () => {
  const text =
    "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n---\n# nothing\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n";
  expect(
    await provider.invoke?.("kubernetes:yaml:decode", { text, defaultNamespace: "n" }),
  ).toEqual({
    result: [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "n" } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "b" } },
    ],
  });
});
