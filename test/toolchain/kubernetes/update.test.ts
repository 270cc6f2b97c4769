import { describe, expect, test } from "vitest";
import { type Properties, reveal, secret, UNKNOWN } from "../../../toolchain/rpc/value.ts";
import { failure } from "../support/fakeApiServer.ts";
import { testOperation } from "../support/operation.ts";
import {
  api,
  available,
  check,
  cmPath,
  configMap,
  connected,
  core,
  create,
  deployment,
  deploymentType,
  diff,
  provider,
} from "./harness.ts";

describe("diff", () => {
  test("is none for the same inputs, whatever else the server has put in", async () => {
    api.onWrite = (object) => {
      available(object);
      const spec = object.spec as { strategy?: unknown };
      spec.strategy = { type: "RollingUpdate" };
    };
    const { state } = await create(deploymentType, deployment);
    expect(await diff(deploymentType, state, deployment)).toMatchObject({
      changes: {},
      replaces: [],
    });
  });

  test("replaces a ConfigMap on new data, first deleting one with a name of its own", async () => {
    const { state } = await create(core("ConfigMap"), configMap({ a: "1" }));
    expect(await diff(core("ConfigMap"), state, configMap({ a: "2" }))).toEqual({
      changes: { "data.a": "update" },
      replaces: ["data.a"],
      deleteBeforeReplace: true,
    });
    const generated = await create(core("ConfigMap"), configMap({ a: "1" }, {}));
    expect(await diff(core("ConfigMap"), generated.state, configMap({ a: "2" }, {}))).toMatchObject(
      {
        replaces: ["data.a"],
        deleteBeforeReplace: false,
      },
    );
    const mutable = await connected({ enableConfigMapMutable: "true" });
    expect(await diff(core("ConfigMap"), state, configMap({ a: "2" }), mutable)).toMatchObject({
      replaces: [],
    });
    await mutable.close?.();
  });

  test("replaces where the server refuses to change in place, found by a dry run", async () => {
    const type = "kubernetes:scheduling.k8s.io/v1:PriorityClass";
    const priority = (value: number, description = "d"): Properties => ({
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "p" },
      value,
      description,
    });
    const { state } = await create(type, priority(1));
    api.intercept = ({ query, body }) =>
      query.dryRun && body?.value !== 1
        ? failure(422, "Invalid", "may not be changed in an update", "value")
        : undefined;
    expect(await diff(type, state, priority(2, "e"))).toEqual({
      changes: { value: "update", description: "update" },
      replaces: ["value"],
      deleteBeforeReplace: true,
    });
    expect(await diff(type, state, priority(1, "e"))).toMatchObject({ replaces: [] });
  });

  test("of a provider replaces when its kubeconfig has another cluster", async () => {
    const other = api.kubeconfig.replace("127.0.0.1", "127.0.0.2");
    const result = await provider.diffConfig?.(
      { kubeconfig: secret(api.kubeconfig) },
      { kubeconfig: secret(other) },
    );
    expect(result?.replaces).toEqual(["kubeconfig"]);
    const renewed = api.kubeconfig.replace('"token":"t"', '"token":"u"');
    const same = await provider.diffConfig?.(
      { kubeconfig: secret(api.kubeconfig) },
      { kubeconfig: secret(renewed) },
    );
    expect(same?.replaces).toEqual([]);
  });

  test.for([
    ["the same: another cluster in the kubeconfig replaces nothing", "a", "a", []],
    ["another: the same kubeconfig is another cluster's", "a", "b", ["clusterIdentifier"]],
    ["a new one: the kubeconfig decides", undefined, "a", ["kubeconfig"]],
    ["none any more: the kubeconfig decides", "a", undefined, ["kubeconfig"]],
  ] as const)("of a provider whose clusterIdentifier is %s", async ([, old, fresh, replaces]) => {
    const other = api.kubeconfig.replace("127.0.0.1", "127.0.0.2");
    const config = (kubeconfig: string, identifier: string | undefined): Properties => ({
      kubeconfig: secret(kubeconfig),
      ...(identifier === undefined ? {} : { clusterIdentifier: identifier }),
    });
    const olds = config(api.kubeconfig, old);
    const news = config(other, fresh);
    expect((await provider.diffConfig?.(olds, news))?.replaces).toEqual(replaces);
  });

  test("of a provider whose kubeconfig is not known yet replaces, unless the cluster has a clusterIdentifier", async () => {
    const replaces = async (known: Properties) => {
      const olds = { ...known, kubeconfig: secret(api.kubeconfig) };
      return (await provider.diffConfig?.(olds, { ...known, kubeconfig: UNKNOWN }))?.replaces;
    };
    expect(await replaces({})).toEqual(["kubeconfig"]);
    expect(await replaces({ clusterIdentifier: "a" })).toEqual([]);
  });
});

describe("update", () => {
  const update = async (state: Properties, news: Properties, by = provider) => {
    const oldInputs = reveal(state.__inputs ?? {}) as Properties;
    const { inputs } = await check(core("ConfigMap"), news, oldInputs, by);
    const request = {
      ...testOperation(core("ConfigMap"), "res"),
      id: "default/cm",
      state,
      oldInputs,
      inputs,
    };
    return by.update({ ...request, isPreview: false });
  };

  test("applies under the same manager", async () => {
    const { state } = await create(core("ConfigMap"), configMap({ a: "1" }));
    const updated = await update(state, configMap({ a: "2" }));
    expect(api.at(cmPath).data).toEqual({ a: "2" });
    expect(updated.state.__fieldManager).toBe(state.__fieldManager);
    expect(api.writes().map(({ query }) => query.fieldManager)).toEqual([
      state.__fieldManager,
      state.__fieldManager,
    ]);
  });

  test("takes over the fields of an object that the official plugin has made", async () => {
    const { state } = await create(core("ConfigMap"), configMap({ a: "1" }));
    const stored = api.at(cmPath);
    stored.metadata.managedFields = [
      { manager: "pulumi-kubernetes", operation: "Update", fieldsV1: { "f:data": { "f:a": {} } } },
      { manager: "kubectl", operation: "Update", fieldsV1: { "f:data": { "f:b": {} } } },
    ];
    await update(state, configMap({ a: "2" }));
    expect(api.at(cmPath).metadata.managedFields).toEqual([
      { manager: state.__fieldManager, operation: "Apply", fieldsV1: { "f:data": { "f:a": {} } } },
      { manager: "kubectl", operation: "Update", fieldsV1: { "f:data": { "f:b": {} } } },
    ]);
  });

  test("says what to do about a conflict, and forces where that is asked for", async () => {
    const { state } = await create(core("ConfigMap"), configMap({ a: "1" }));
    api.intercept = ({ method, query }) =>
      method === "PATCH" && query.force === "false"
        ? failure(409, "Conflict", 'conflict with "kubectl"')
        : undefined;
    await expect(update(state, configMap({ a: "2" }))).rejects.toThrow(
      /^v1 ConfigMap default\/cm: another client has changed fields that this resource sets: conflict with "kubectl"; set enablePatchForce/,
    );
    const forcing = await connected({ enablePatchForce: "true" });
    await update(state, configMap({ a: "2" }), forcing);
    expect(api.at(cmPath).data).toEqual({ a: "2" });
    await forcing.close?.();
  });
});
