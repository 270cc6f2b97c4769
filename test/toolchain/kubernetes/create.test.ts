import { describe, expect, test } from "vitest";
import { type Properties, reveal, secret, UNKNOWN } from "../../../toolchain/rpc/value.ts";
import { failure } from "../support/fakeApiServer.ts";
import { testOperation } from "../support/operation.ts";
import { api, check, cmPath, configMap, connected, core, create, provider } from "./harness.ts";

describe("check", () => {
  test("gives a name that stays, and the default namespace", async () => {
    const first = await check(core("ConfigMap"), configMap({}, {}));
    expect(first.inputs.metadata).toEqual({
      name: expect.stringMatching(/^res-[0-9a-f]{8}$/) as string,
      namespace: "default",
      annotations: { "pulumi.com/autonamed": "true" },
    });
    // The same seed gives the same name, so a preview and its update agree.
    expect((await check(core("ConfigMap"), configMap({}, {}))).inputs).toEqual(first.inputs);
    const again = await check(core("ConfigMap"), configMap({ a: "1" }, {}), first.inputs);
    expect(again.inputs.metadata).toEqual(first.inputs.metadata);
  });

  test("leaves cluster-wide kinds without a namespace, and a namespace as it is", async () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } };
    expect((await check(core("Namespace"), namespace)).inputs).toEqual(namespace);
    const placed = configMap({}, { name: "cm", namespace: "n" });
    expect((await check(core("ConfigMap"), placed)).inputs).toEqual(placed);
  });

  test("turns a Secret's stringData into data, secret", async () => {
    const news = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { a: secret("x") },
    };
    const { inputs } = await check(core("Secret"), news);
    expect(inputs.stringData).toBeUndefined();
    expect(inputs.data).toEqual(secret({ a: "eA==" }));
  });

  test("names what it does not serve", async () => {
    const failures = async (type: string, news: Properties) => (await check(type, news)).failures;
    expect(await failures("kubernetes:core/v1:ConfigMapPatch", configMap({}))).toEqual([
      { property: "", reason: expect.stringContaining("Patch resources") as string },
    ]);
    expect(await failures("kubernetes:helm.sh/v3:Release", {})).toEqual([
      { property: "", reason: expect.stringContaining("Helm") as string },
    ]);
  });
});

describe("create", () => {
  test("applies the object under a manager of its own, and keeps what the server made of it", async () => {
    const { id, state, inputs } = await create(core("ConfigMap"), configMap({ a: secret("1") }));
    expect(id).toBe("default/cm");
    const [write] = api.writes();
    expect(write?.body).toEqual(reveal(inputs));
    expect(write?.query.force).toBe("false");
    expect(write?.query.fieldManager).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
    expect(state.metadata).toMatchObject({ uid: api.at(cmPath).metadata.uid });
    expect(state.data).toEqual({ a: secret("1") });
    expect(state.__inputs).toEqual(inputs);
    expect(state.__initialApiVersion).toBe("v1");
    expect(state.__fieldManager).toBe(write?.query.fieldManager);
  });

  test("refuses an object that exists, unless it may be taken over", async () => {
    await create(core("ConfigMap"), configMap({ a: "1" }));
    await expect(create(core("ConfigMap"), configMap({ a: "2" }))).rejects.toThrow(
      /^v1 ConfigMap default\/cm: already exists.*upsertExistingObjects/,
    );
    const taking = await connected({ upsertExistingObjects: "true" });
    await create(core("ConfigMap"), configMap({ a: "2" }), taking);
    expect(api.at(cmPath).data).toEqual({ a: "2" });
    await taking.close?.();
  });

  test("waits for a namespace that comes a little later", async () => {
    let refusals = 2;
    api.intercept = ({ method }) =>
      method === "PATCH" && refusals-- > 0
        ? failure(404, "NotFound", "namespaces default not found")
        : undefined;
    const { lines } = await create(core("ConfigMap"), configMap({}));
    expect(lines).toEqual([
      "retrying: namespaces default not found",
      "retrying: namespaces default not found",
    ]);
  });

  test("sends again what met a server that starts", async () => {
    let refusals = 2;
    api.intercept = ({ method }) =>
      method === "PATCH" && refusals-- > 0
        ? failure(503, "ServiceUnavailable", "starting")
        : undefined;
    expect((await create(core("ConfigMap"), configMap({}))).id).toBe("default/cm");
  });

  test("says what the server says", async () => {
    api.intercept = ({ method }) =>
      method === "PATCH" ? failure(422, "Invalid", "data: too long") : undefined;
    await expect(create(core("ConfigMap"), configMap({}))).rejects.toThrow(
      "v1 ConfigMap default/cm: data: too long (Invalid)",
    );
  });
});

describe("a preview", () => {
  const preview = async (type: string, news: Properties) => {
    const { inputs } = await check(type, news);
    const request = { ...testOperation(type, "res"), inputs, isPreview: true };
    return { inputs, ...(await provider.create(request)) };
  };

  test("asks the server what it would make of the object, and changes nothing", async () => {
    const { id, state } = await preview(core("ConfigMap"), configMap({ a: "1" }));
    expect(id).toBe("");
    expect(state.metadata).toMatchObject({ creationTimestamp: "2026-01-01T00:00:00Z" });
    expect(api.objects.size).toBe(0);
  });

  test("gives the inputs where something is not known yet, or the server cannot say", async () => {
    const unknown = await preview(core("ConfigMap"), configMap({ a: UNKNOWN }));
    expect(unknown.state).toEqual(unknown.inputs);
    expect(api.heard.filter(({ method }) => method === "PATCH")).toEqual([]);
    api.intercept = ({ method }) =>
      method === "PATCH" ? failure(404, "NotFound", "no namespace") : undefined;
    const early = await preview(core("ConfigMap"), configMap({ a: "1" }));
    expect(early.state).toEqual(early.inputs);
  });

  test("finds what the server would refuse", async () => {
    api.intercept = ({ method }) =>
      method === "PATCH" ? failure(422, "Invalid", "bad name") : undefined;
    await expect(preview(core("ConfigMap"), configMap({}))).rejects.toThrow(
      "v1 ConfigMap default/cm: bad name",
    );
  });
});
