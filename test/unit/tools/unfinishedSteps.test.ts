import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { labPaths } from "../../../base/paths.ts";
import { parseState } from "../../../tools/pulumi/stackState.ts";
import { markUnfinished, unfinishedIn, withMarks } from "../../../tools/pulumi/unfinishedSteps.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

const type = "command:remote:Command";
const urn = (name: string) => `urn:pulumi:test::hardway::${type}::${name}`;
const event = (kind: string, name: string, more: object = {}) =>
  JSON.stringify({
    sequence: 1,
    [kind]: { metadata: { op: "update", urn: urn(name), type }, ...more },
  });
const begins = (name: string, more?: object) => event("resourcePreEvent", name, more);
const ends = (name: string) => event("resOutputsEvent", name);
const fails = (name: string) => event("resOpFailedEvent", name);

describe("of what a run wrote down", () => {
  test.for<[string, string[], string[]]>([
    ["an update that ended is finished", [begins("a"), ends("a")], []],
    ["one that failed is not", [begins("a"), begins("b"), fails("a"), ends("b")], ["a"]],
    [
      "nor one amid which everything was killed",
      [begins("a"), ends("a"), begins("b"), '{"se'],
      ["b"],
    ],
    ["what a preview would do has not begun", [begins("a", { planning: true })], []],
    [
      "a step that was not there before is made by the next run anyway",
      [begins("a").replace('"op":"update"', '"op":"create"')],
      [],
    ],
    ["a certificate has nothing on a node", [begins("a").replaceAll(type, "tls:index:Cert")], []],
    ["a run that did nothing left nothing", ["", '{"sequence":0,"preludeEvent":{}}'], []],
  ])("%s", ([, lines, names]) => {
    expect(unfinishedIn(lines.join("\n"))).toEqual(names.map(urn));
  });
});

const step = (name: string, create: unknown) => ({
  urn: urn(name),
  type,
  inputs: { create, delete: "undo" },
  outputs: { create, delete: "undo", stdout: "" },
});
const stateOf = (...resources: object[]) => ({
  version: 3,
  deployment: { manifest: {}, resources },
});
const mark = "make\n# An update of this step did not finish; it runs again.\n";

test("a step is marked by a line more in its script, once; all else in the state stays as it was", () => {
  const state = parseState(stateOf(step("a", "make\n"), step("b", "make\n")));
  const marked = stateOf(step("a", mark), step("b", "make\n"));
  expect(withMarks(state, [urn("a")])).toEqual(marked);
  expect(withMarks(withMarks(state, [urn("a")]), [urn("a"), urn("gone")])).toEqual(marked);
});

describe("what a run left unfinished", () => {
  afterEach(() => vi.unstubAllEnvs());

  /** Processes a run with these events; returns the imported state and the output. */
  async function marked(events: string[]) {
    const directory = temporaryDirectory();
    vi.stubEnv("HARDWAY_STATE", directory);
    const path = labPaths("test").events;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, events.join("\n"));
    const seen = join(directory, "seen");
    writeFileSync(join(directory, "pulumi"), `#!/bin/sh\ncat >${seen}\n`);
    chmodSync(join(directory, "pulumi"), 0o755);
    const { session, lines } = testSession();
    const env = { PATH: `${directory}:${process.env.PATH ?? ""}` };
    const output = () =>
      Promise.resolve(JSON.stringify(stateOf(step("worker-1-kubelet", "make\n"))));
    await markUnfinished(session, { env, output });
    expect(existsSync(path)).toBe(false);
    return { state: existsSync(seen) ? readFileSync(seen, "utf8") : "", lines };
  }

  test("is marked in the state and reported, and checked only once", async () => {
    const { state, lines } = await marked([begins("worker-1-kubelet"), fails("worker-1-kubelet")]);
    expect(JSON.parse(state)).toEqual(stateOf(step("worker-1-kubelet", mark)));
    expect(lines).toEqual([
      "not finished: worker-1-kubelet; the next `./lab --stack test up` runs it again, even if the config changes back",
    ]);
  });

  test("is nothing after a run that ended well, and the state is not written", async () => {
    expect(await marked([begins("worker-1-kubelet"), ends("worker-1-kubelet")])).toEqual({
      state: "",
      lines: [],
    });
  });
});
