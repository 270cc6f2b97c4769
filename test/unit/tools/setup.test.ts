import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { IntegrityError, UserError } from "../../../base/errors.ts";
import type { Part } from "../../../toolchain/part.ts";
import { bringAll } from "../../../tools/setup/bring.ts";
import { type Candidate, type Choice, decide } from "../../../tools/setup/choose.ts";
import { createReach } from "../../../tools/setup/reach.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

/** A part that is a file, and records its operations in `events`. */
function filePart(
  directory: string,
  name: string,
  more: Partial<Part> & { events?: string[] } = {},
): Part {
  const { events = [], ...overrides } = more;
  const file = join(directory, name);
  return {
    name,
    describe: `${name} v1`,
    from: "a test",
    present: () => Promise.resolve(existsSync(file)),
    bring: async () => {
      events.push(`begin ${name}`);
      await delay(5);
      mkdirSync(directory, { recursive: true });
      writeFileSync(file, "");
      events.push(`end ${name}`);
    },
    check: () => Promise.resolve(),
    ...overrides,
  };
}

const candidate = (part: Part, available = true, why = "it answers"): Candidate => ({
  part,
  available: () => Promise.resolve({ available, why }),
});
const only = (part: Part): Choice => ({ name: part.name, candidates: [candidate(part)] });

describe("decide", () => {
  test("takes the first available source, and reports why the previous ones are unavailable", async () => {
    const directory = temporaryDirectory();
    const official = filePart(directory, "etcd", { from: "its release" });
    const built = filePart(directory, "etcd", { from: "its module" });
    const candidates: Choice["candidates"] = [
      candidate(official, false, "no network"),
      candidate(built, true, "Go is here"),
    ];
    const [decision] = await decide([{ name: "etcd", candidates }]);
    expect(decision).toMatchObject({
      part: built,
      present: false,
      why: "no network; Go is here",
      fallbacks: [],
    });
  });

  test("keeps what is there, whichever its source, and asks no network for it", async () => {
    const directory = temporaryDirectory();
    const official = filePart(directory, "official");
    const built = filePart(directory, "built");
    await built.bring({ report: () => undefined, signal: new AbortController().signal, log: "" });
    const never: Candidate["available"] = () => Promise.reject(new Error("asked"));
    const candidates: Choice["candidates"] = [
      { part: official, available: never },
      { part: built, available: never },
    ];
    expect(await decide([{ name: "x", candidates }])).toMatchObject([
      { part: built, present: true },
    ]);
  });

  test("names every part that no source has", { meta: { rows: ["S2-32"] } }, async () => {
    const directory = temporaryDirectory();
    const choices = ["a", "b"].map(
      (name): Choice => ({
        name,
        candidates: [candidate(filePart(directory, name), false, `no ${name}`)],
      }),
    );
    await expect(decide(choices)).rejects.toThrow(
      "a: no source is available: no a\nb: no source is available: no b",
    );
  });

  test("a host is asked once", async () => {
    let asked = 0;
    const reach = createReach(() => {
      asked += 1;
      return Promise.reject(new TypeError("fetch failed", { cause: new Error("no such host") }));
    });
    await Promise.all([reach("example.invalid"), reach("example.invalid")]);
    expect(await reach("example.invalid")).toEqual({
      available: false,
      why: "example.invalid cannot be reached (no such host)",
    });
    expect(asked).toBe(1);
  });
});

describe("bringAll", () => {
  test("installs a part after its dependencies, the others in parallel, and checks each", async () => {
    const directory = temporaryDirectory();
    const events: string[] = [];
    const checked: string[] = [];
    const part = (name: string, needs: string[] = []) =>
      filePart(directory, name, {
        events,
        needs,
        check: () => Promise.resolve(void checked.push(name)),
      });
    const { session, lines } = testSession();
    const decisions = await decide([part("cli"), part("host", ["cli"]), part("other")].map(only));
    await bringAll(decisions, session, directory);
    expect(events.indexOf("begin host")).toBeGreaterThan(events.indexOf("end cli"));
    expect(events.indexOf("begin other")).toBeLessThan(events.indexOf("end cli"));
    expect(checked.sort()).toEqual(["cli", "host", "other"]);
    expect(lines[0]).toBe("cli: installing cli v1 from a test (1/3)");
    expect((await decide([only(part("cli"))]))[0]?.present).toBe(true);
  });

  test("builds at most three parts at once", async () => {
    const directory = temporaryDirectory();
    let atWork = 0;
    let most = 0;
    const heavy = (name: string) =>
      filePart(directory, name, {
        cpuMinutes: 1,
        bring: async () => {
          most = Math.max(most, ++atWork);
          await delay(10);
          atWork -= 1;
        },
      });
    const names = ["a", "b", "c", "d", "e"];
    const decisions = await decide(names.map((name) => only(heavy(name))));
    await bringAll(decisions, testSession().session, directory);
    expect(most).toBe(3);
  });

  test("starts the part with the longest chain of work behind it first", async () => {
    const directory = temporaryDirectory();
    const events: string[] = [];
    const part = (name: string, cpuMinutes: number, needs: string[] = []) =>
      filePart(directory, name, { events, needs, cpuMinutes });
    const parts = [
      ...["one", "two", "three"].map((name, index) => part(name, index + 1)),
      part("tools", 1),
      part("cluster", 8),
      part("plugin", 9, ["tools"]),
    ];
    await bringAll(await decide(parts.map(only)), testSession().session, directory);
    const begun = events.flatMap((event) => /^begin (.*)/.exec(event)?.[1] ?? []);
    expect(begun.slice(0, 3)).toEqual(["tools", "cluster", "three"]);
  });

  test("two parallel runs install a part once", async () => {
    const directory = temporaryDirectory();
    const events: string[] = [];
    const decisions = await decide([only(filePart(directory, "cli", { events }))]);
    const { session } = testSession();
    await Promise.all([
      bringAll(decisions, session, directory),
      bringAll(decisions, session, directory),
    ]);
    expect(events).toEqual(["begin cli", "end cli"]);
  });

  test("a failure names part and log, stops the others, and the next run goes on from there", async () => {
    const directory = temporaryDirectory();
    const { session } = testSession();
    const broken = filePart(directory, "broken", {
      bring: () => Promise.reject(new UserError("disk full")),
    });
    const slow = filePart(directory, "slow", {
      bring: ({ signal }) => delay(60_000, undefined, { signal }),
    });
    const early = filePart(directory, "early");
    const decisions = await decide([early, broken, slow].map(only));
    await expect(bringAll(decisions, session, directory)).rejects.toThrow(
      `broken: disk full\nits whole output is in ${session.log.path}`,
    );
    const mended = [early, filePart(directory, "broken"), filePart(directory, "slow")];
    const again = await decide(mended.map(only));
    await bringAll(again, session, directory);
    expect((await decide(mended.map(only))).map(({ present }) => present)).toEqual([
      true,
      true,
      true,
    ]);
  });

  test("an interruption reaches the part, and the error is the interruption", async () => {
    const directory = temporaryDirectory();
    const interrupted = new AbortController();
    const part = filePart(directory, "slow", {
      bring: async ({ signal }) => {
        interrupted.abort(new UserError("interrupted"));
        await delay(60_000, undefined, { signal });
      },
    });
    const decisions = await decide([only(part)]);
    const { session } = testSession(interrupted.signal);
    await expect(bringAll(decisions, session, directory)).rejects.toThrow(/^interrupted$/);
    // Its lock is released.
    await bringAll(
      await decide([only(filePart(directory, "slow"))]),
      testSession().session,
      directory,
    );
  });

  test("a source that fails gives way to the next, but never after a wrong hash", async () => {
    const directory = temporaryDirectory();
    const { session, lines } = testSession();
    const failing = (error: Error) =>
      filePart(directory, "etcd", { bring: () => Promise.reject(error) });
    const built = filePart(directory, "etcd", { from: "its module" });
    const choice = (first: Part): Choice => ({
      name: "etcd",
      candidates: [candidate(first), candidate(built)],
    });
    const wrong = await decide([choice(failing(new IntegrityError("found sha256 x")))]);
    await expect(bringAll(wrong, session, directory)).rejects.toThrow("etcd: found sha256 x");
    const gone = await decide([choice(failing(new UserError("HTTP 404")))]);
    await bringAll(gone, session, directory);
    expect(lines).toContain("etcd: HTTP 404; trying its module");
  });
});
