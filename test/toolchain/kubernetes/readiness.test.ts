import { describe, expect, test } from "vitest";
import { InitFailed } from "../../../toolchain/rpc/provider.ts";
import type { Properties } from "../../../toolchain/rpc/value.ts";
import { testOperation } from "../support/operation.ts";
import { until } from "../support/until.ts";
import {
  api,
  available,
  check,
  core,
  create,
  deployment,
  deploymentType,
  provider,
} from "./harness.ts";

describe("readiness", () => {
  test("is awaited, and the condition is logged", async () => {
    api.onWrite = (object) => {
      setTimeout(() => available(object, 1), 50);
      setTimeout(() => available(object), 300);
    };
    const { state, lines } = await create(deploymentType, deployment);
    expect(lines).toEqual([
      "waiting for the controller to process the change",
      "waiting for pods of the new version: 1 of 2",
    ]);
    expect(state.status).toMatchObject({ availableReplicas: 2 });
  });

  test("that does not come leaves the object in the state, with the reasons", async () => {
    api.onWrite = (object) => {
      if (object.kind === "Deployment") available(object, 0);
    };
    api.objects.set("/api/v1/namespaces/default/pods/web-1", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web-1", namespace: "default", uid: "p", resourceVersion: "1" },
      status: {
        containerStatuses: [
          {
            name: "c",
            state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } },
          },
        ],
      },
    });
    const stop = new AbortController();
    const { inputs } = await check(deploymentType, deployment);
    const operation = testOperation(deploymentType, "res", stop.signal);
    const failed = provider
      .create({ ...operation, inputs, isPreview: false })
      .catch((error: unknown) => error);
    await until("the first check", () => operation.lines.length > 0);
    stop.abort(new Error("create took longer than its customTimeouts allow: 5 s"));
    const error = await failed;
    if (!(error instanceof InitFailed)) throw error;
    expect(error.id).toBe("default/web");
    expect(error.state.metadata).toMatchObject({
      uid: api.at("/apis/apps/v1/namespaces/default/deployments/web").metadata.uid,
    });
    expect(error.inputs).toEqual(inputs);
    expect(error.reasons).toEqual([
      "apps/v1 Deployment default/web: create took longer than its customTimeouts allow: 5 s; it was waiting for pods of the new version: 0 of 2",
      "pod default/web-1: container c: ImagePullBackOff: no such image",
    ]);
  });

  test("is not awaited where that makes no sense: a job that failed", async () => {
    api.onWrite = (object) => {
      object.status = { conditions: [{ type: "Failed", status: "True", message: "out of tries" }] };
    };
    const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "j" }, spec: {} };
    await expect(create("kubernetes:batch/v1:Job", job)).rejects.toThrow(
      "batch/v1 Job default/j: it cannot become ready; it was waiting for its completion, but it failed: out of tries",
    );
  });

  test.for([
    [{ type: "RollingUpdate" }, ["waiting for pods of the new version: 0 of 2"]],
    [
      { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
      ["waiting for pods of the new version: 0 of 1"],
    ],
    [{ type: "OnDelete" }, []],
  ] as const)(
    "of a changed StatefulSet with the strategy %j",
    async ([updateStrategy, awaited]) => {
      const spec = { replicas: 2, updateStrategy };
      const set = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "db" }, spec };
      api.onWrite = (object) => {
        const { generation } = object.metadata;
        // The state under OnDelete until a user deletes the old pods.
        object.status = { observedGeneration: generation, replicas: 2, readyReplicas: 2 };
        setTimeout(() => Object.assign(object.status ?? {}, { updatedReplicas: 2 }), 300);
      };
      const { lines } = await create("kubernetes:apps/v1:StatefulSet", set);
      expect(lines).toEqual(awaited);
    },
  );

  test("of a service is a ready pod behind it, unless it has no selector or no address", async () => {
    const service = (spec: Properties): Properties => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec,
    });
    await create(core("Service"), service({ clusterIP: "None", selector: { a: "b" } }));
    api.objects.clear();
    const waiting = create(core("Service"), service({ selector: { a: "b" } }));
    await until("a look at the endpoints", () =>
      api.heard.some(({ path }) => path.endsWith("endpointslices")),
    );
    api.objects.set("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/s-1", {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "s-1", namespace: "default", uid: "e", resourceVersion: "1" },
      endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
    });
    expect((await waiting).lines).toContain("waiting for a ready pod that its selector matches");
  });

  test("can be left out", async () => {
    const metadata = { name: "web", annotations: { "pulumi.com/skipAwait": "true" } };
    expect((await create(deploymentType, { ...deployment, metadata })).id).toBe("default/web");
  });
});
