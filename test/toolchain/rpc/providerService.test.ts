import { type ServiceError, status } from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, expect, test } from "vitest";
import { InitFailed, type Provider } from "../../../toolchain/rpc/provider.ts";
import { fromStruct, toStruct } from "../../../toolchain/rpc/struct.ts";
import { secret, UNKNOWN } from "../../../toolchain/rpc/value.ts";
import { answer, initFailedOf, overTheWire } from "../support/providerClient.ts";

const urn = "urn:pulumi:dev::hardway::hardway:etcd:Member$fake:index:Thing::etcd-1";
const open: (() => void)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(overrides: Partial<Provider>) {
  const never = () => Promise.reject(new Error("not expected"));
  const provider: Provider = {
    name: "fake",
    version: "1.2.3",
    configure: () => undefined,
    check: never,
    diff: never,
    create: never,
    update: never,
    read: never,
    delete: never,
    ...overrides,
  };
  const wire = await overTheWire(provider);
  open.push(wire.close);
  return wire;
}

test("configure accepts secrets and previews, and hands the arguments on", async () => {
  let given: unknown;
  const { client } = await serve({
    configure: (args) => {
      given = args;
    },
  });
  const request = new pb.ConfigureRequest().setArgs(toStruct({ kubeconfig: secret("x") }));
  const response = await answer<pb.ConfigureResponse>((done) => client.configure(request, done));
  expect(response.getAcceptsecrets()).toBe(true);
  expect(response.getSupportspreview()).toBe(true);
  expect(given).toEqual({ kubeconfig: secret("x") });
});

test("create hands on inputs with their envelopes and the name from the urn", async () => {
  const { client, lines } = await serve({
    create: async ({ inputs, isPreview, name, type, log }) => {
      await log({ severity: "info", text: "working", ephemeral: true });
      return { id: isPreview ? "" : "id", state: { ...inputs, name, type, out: UNKNOWN } };
    },
  });
  const request = new pb.CreateRequest().setUrn(urn).setProperties(toStruct({ s: secret([1]) }));
  const response = await answer<pb.CreateResponse>((done) =>
    client.create(request.setPreview(true), done),
  );
  expect(response.getId()).toBe("");
  expect(fromStruct(response.getProperties())).toEqual({
    s: secret([1]),
    name: "etcd-1",
    type: "fake:index:Thing",
    out: UNKNOWN,
  });
  expect(lines).toEqual([{ severity: "info", text: "working", ephemeral: true, urn }]);
});

test("diff says what changed in the inputs, and what of it replaces", async () => {
  const { client } = await serve({
    diff: ({ oldInputs, news }) => {
      expect([oldInputs, news]).toEqual([{ a: 1 }, { a: 2, b: 1 }]);
      const changes = new Map([
        ["a", "update"],
        ["b", "add"],
      ] as const);
      return Promise.resolve({ changes, replaces: ["b"], deleteBeforeReplace: true });
    },
  });
  const request = new pb.DiffRequest().setUrn(urn);
  request.setOldInputs(toStruct({ a: 1 })).setNews(toStruct({ a: 2, b: 1 }));
  const response = (await answer<pb.DiffResponse>((done) => client.diff(request, done))).toObject();
  expect(response.changes).toBe(pb.DiffResponse.DiffChanges.DIFF_SOME);
  expect(response.replacesList).toEqual(["b"]);
  expect(response.deletebeforereplace).toBe(true);
  expect(response.detaileddiffMap).toEqual([
    ["a", { kind: pb.PropertyDiff.Kind.UPDATE, inputdiff: true }],
    ["b", { kind: pb.PropertyDiff.Kind.ADD_REPLACE, inputdiff: true }],
  ]);
});

test("a thrown error is its message; one of a half-made resource carries the resource", async () => {
  const { client } = await serve({
    create: () =>
      Promise.reject(
        new InitFailed("not ready", {
          id: "ns/x",
          state: { live: true },
          inputs: { asked: true },
          reasons: ["no pods", "no nodes"],
        }),
      ),
    update: () => {
      throw new Error("plain");
    },
  });
  const half: ServiceError = await answer<pb.CreateResponse>((done) =>
    client.create(new pb.CreateRequest().setUrn(urn), done),
  ).then(
    () => expect.unreachable(),
    (error: unknown) => error as ServiceError,
  );
  const detail = initFailedOf(half);
  expect(half.details).toBe("not ready");
  expect(detail?.getId()).toBe("ns/x");
  expect(detail?.getReasonsList()).toEqual(["no pods", "no nodes"]);
  expect(fromStruct(detail?.getProperties())).toEqual({ live: true });
  expect(fromStruct(detail?.getInputs())).toEqual({ asked: true });
  await expect(
    answer<pb.UpdateResponse>((done) => client.update(new pb.UpdateRequest().setUrn(urn), done)),
  ).rejects.toMatchObject({
    code: status.UNKNOWN,
    details: "plain",
  });
});

test("customTimeouts and Cancel end an operation with their reason", async () => {
  const { client } = await serve({
    create: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          reject(signal.reason as Error);
        });
      }),
    delete: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          reject(signal.reason as Error);
        });
      }),
  });
  const late = answer<pb.CreateResponse>((done) =>
    client.create(new pb.CreateRequest().setUrn(urn).setTimeout(0.05), done),
  );
  await expect(late).rejects.toMatchObject({
    details: "create took longer than its customTimeouts allow: 0.05 s",
  });
  const cancelled = answer<emptyPb.Empty>((done) =>
    client.delete(new pb.DeleteRequest().setUrn(urn), done),
  );
  const seen = expect(cancelled).rejects.toMatchObject({ details: "cancelled" });
  await answer<emptyPb.Empty>((done) => client.cancel(new emptyPb.Empty(), done));
  await seen;
});

test("a gone resource reads as an empty id", async () => {
  const { client } = await serve({
    read: () => Promise.resolve({ id: "", inputs: {}, state: {} }),
  });
  const response = await answer<pb.ReadResponse>((done) =>
    client.read(new pb.ReadRequest().setUrn(urn).setId("x"), done),
  );
  expect(response.getId()).toBe("");
  expect(response.hasProperties()).toBe(false);
});

test("without a diff of its own configuration, a provider leaves that to the engine", async () => {
  const { client } = await serve({});
  await expect(
    answer<pb.DiffResponse>((done) => client.diffConfig(new pb.DiffRequest(), done)),
  ).rejects.toMatchObject({
    code: status.UNIMPLEMENTED,
  });
});
