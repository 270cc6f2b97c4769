import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type ArtifactChoices, everyArtifact } from "../../../config/resolve/labArtifacts.ts";
import { goParts } from "../../../toolchain/parts.ts";
import { catalogue } from "../../../tools/setup/catalogue.ts";
import { decide } from "../../../tools/setup/choose.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

/** The parts that a lab of existing machines needs for its nodes if no publisher can be reached. */
function nodeParts(artifacts: ArtifactChoices) {
  return catalogue({
    cache: temporaryDirectory(),
    session: testSession().session,
    purposes: ["nodes"],
    config: { makesMachines: false, image: "debian-12", artifacts },
    reach: (host) => Promise.resolve({ available: false, why: `${host} can't be reached` }),
  });
}

afterEach(() => vi.unstubAllEnvs());

test("Debian 12's image is built here if possible; otherwise the error has a remedy", async () => {
  const [choice] = catalogue({
    cache: temporaryDirectory(),
    session: testSession().session,
    purposes: ["nodes"],
    config: { makesMachines: true, image: "debian-12", artifacts: everyArtifact },
    reach: () => Promise.resolve({ available: true, why: "it answers" }),
  }).filter(({ name }) => name === "base-image");
  if (choice === undefined) throw new Error("there is no base image");
  const programs = temporaryDirectory();
  vi.stubEnv("PATH", programs);
  await expect(decide([choice])).rejects.toThrow(
    "base-image: no source is available: debian-12 can only be built on Debian or Ubuntu, from Debian's packages; write machines.image: ubuntu-24.04 to do without it",
  );
  writeFileSync(join(programs, "apt-get"), "#!/bin/sh\n", { mode: 0o755 });
  expect((await decide([choice])).map(({ part }) => part.from)).toEqual([
    "Debian's packages, made here",
  ]);
});

test("every part that is built from Go modules is a source of something", () => {
  const cache = temporaryDirectory();
  const sources = catalogue({
    cache,
    session: testSession().session,
    purposes: ["engine", "machines", "nodes"],
    config: { makesMachines: true, image: "debian-12", artifacts: everyArtifact },
    reach: () => Promise.resolve({ available: true, why: "it answers" }),
  }).flatMap(({ candidates }) => candidates.map(({ part }) => part.name));
  const unused = goParts(cache).filter(({ name }) => !sources.includes(name));
  expect(unused).toEqual([]);
});

describe("what nodes get", () => {
  const some = ["flannel", "containerd", "cri-o"];
  const namesOf = (artifacts: ArtifactChoices) =>
    nodeParts(artifacts)
      .map(({ name }) => name)
      .filter((name) => some.includes(name));

  test.each<[ArtifactChoices, string[]]>([
    [{ podNetworks: ["routes"], runtimes: ["containerd"] }, ["containerd"]],
    [
      { podNetworks: ["flannel"], runtimes: ["containerd", "cri-o"] },
      ["containerd", "cri-o", "flannel"],
    ],
    [{ podNetworks: ["routes"], runtimes: ["cri-o"] }, ["cri-o"]],
    [everyArtifact, ["containerd", "cri-o", "flannel"]],
  ])("is what the lab's choices ask for: %j", (artifacts, names) => {
    expect(namesOf(artifacts)).toEqual(names);
  });

  test("CRI-O's own tools come with it alone", () => {
    const crio = nodeParts(everyArtifact).filter(({ candidates }) =>
      candidates.some(({ part }) => part.needs?.includes("crio-tools")),
    );
    expect(crio.map(({ name }) => name)).toEqual(["cri-o"]);
  });

  test("unavailable CRI-O is reported with the reasons and an alternative", async () => {
    vi.stubEnv("PATH", temporaryDirectory());
    const choices = nodeParts({ podNetworks: ["routes"], runtimes: ["cri-o"] });
    await expect(decide(choices.filter(({ name }) => name === "cri-o"))).rejects.toThrow(
      "cri-o: no source is available: storage.googleapis.com can't be reached; no Go to build it with; write runtime: containerd to do without it",
    );
  });
});
