import { describe, expect, test } from "vitest";
import { objectChanges } from "../../../toolchain/kubernetes/objectDiff.ts";
import type { Properties } from "../../../toolchain/rpc/value.ts";

const changesOf = (sides: { live: Properties; old: Properties; fresh: Properties }) =>
  Object.fromEntries(objectChanges(sides));

describe("the changes of an object", () => {
  test.for([false, 0, "", {}, []])("see %j, which was not asked for before", (zero) => {
    expect(changesOf({ live: {}, old: {}, fresh: { a: zero } })).toEqual({ a: "add" });
    expect(changesOf({ live: {}, old: { a: 7 }, fresh: { a: zero } })).toEqual({ a: "add" });
  });

  test.for([false, 0, "", {}, []])("see that %j is asked for no more", (zero) => {
    expect(changesOf({ live: { a: zero }, old: { a: zero }, fresh: {} })).toEqual({ a: "delete" });
  });

  test.for([false, 0, "", {}, []])(
    "are none where %j is asked for again, whether the server keeps it or not",
    (zero) => {
      const asked = { a: zero };
      expect(changesOf({ live: {}, old: asked, fresh: asked })).toEqual({});
      expect(changesOf({ live: asked, old: asked, fresh: asked })).toEqual({});
    },
  );

  test("are none if the server has written a zero that no input sets", () => {
    expect(changesOf({ live: { a: false, b: {} }, old: {}, fresh: {} })).toEqual({});
    // The server dropped the value, so there is nothing to delete.
    expect(changesOf({ live: {}, old: { a: false }, fresh: {} })).toEqual({});
  });

  test("see zeros in containers, by the container's name", () => {
    const container = (name: string, securityContext: Properties): Properties => ({
      name,
      image: "i",
      securityContext,
    });
    const old = { containers: [container("a", {}), container("b", { privileged: true })] };
    const fresh = {
      containers: [
        container("a", { allowPrivilegeEscalation: false, runAsUser: 0 }),
        container("b", { privileged: false }),
      ],
    };
    expect(changesOf({ live: old, old, fresh })).toEqual({
      "containers[0].securityContext.allowPrivilegeEscalation": "add",
      "containers[0].securityContext.runAsUser": "add",
      "containers[1].securityContext.privileged": "update",
    });
  });
});
