import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { certificateFiles, makeCertificates } from "../../bench/byHand/certificates.ts";
import { byHandScript } from "../../bench/byHand/script.ts";
import { devCluster, labOf, planOf } from "../../harness/program/labs.ts";
import { type Registration, runProgram } from "../../harness/program/runProgram.ts";
import { isControlPlane } from "../../model/roles.ts";

const plan = planOf(labOf());
let directory: string;
let commands: readonly Registration[];
/** Every object that the program creates through the API: `v1 ConfigMap coredns`. */
let objects: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hardway-by-hand-"));
  const [run] = await Promise.all([
    runProgram({ cluster: devCluster }),
    makeCertificates(plan, directory),
  ]);
  commands = run.registrations.filter(({ type }) => type === "command:remote:Command");
  objects = run.registrations
    .filter(({ type }) => /^kubernetes:.*\/v\d/.test(type))
    .map(({ inputs }) => describeObject(inputs as unknown as ApiObject));
});
afterAll(() => rm(directory, { recursive: true }));

interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const describeObject = ({ apiVersion, kind, metadata }: ApiObject): string =>
  `${apiVersion} ${kind} ${metadata.name}`;

/** The paths of the files that the program's steps on a node receive on standard input. */
function secretPaths(node: string): string[] {
  const texts = commands
    .filter(({ name }) => name.startsWith(`${node}-`))
    .map(({ inputs }) => (inputs.stdin as { value?: string } | undefined)?.value ?? "");
  const paths = texts.flatMap((text) =>
    [...text.matchAll(/^\d+ \S+ (\S+) "/gm)].map(([, path = ""]) => path),
  );
  return [...new Set(paths)].sort();
}

// A change of a node's files must be made in the reference too, or the two are not comparable.
describe.each(plan.nodes)("the reference on $name", (node) => {
  test("places the same keys and certificates as the program", async () => {
    const files = await certificateFiles(plan, node, directory);
    expect(Object.keys(files).sort()).toEqual(secretPaths(node.name));
  });

  test("is a script that bash reads to its end", async () => {
    const input = await byHandScript(plan, node, directory);
    expect(await execa("bash", ["-n"], { input })).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("starts every unit that the program's steps on this node start", async () => {
    const script = await byHandScript(plan, node, directory);
    const created = commands
      .filter(({ name }) => name.startsWith(`${node.name}-`))
      .map(({ inputs }) => String(inputs.create));
    const units = created.flatMap((text) =>
      [...text.matchAll(/^converge (\S+)\.service /gm)].map(([, unit = ""]) => unit),
    );
    const started = [...script.matchAll(/^systemctl --quiet enable --now (.*)$/gm)].flatMap(
      ([, names = ""]) => names.split(" "),
    );
    expect(started.sort()).toEqual(units.sort());
  });
});

test("the reference applies every object that the program makes", async () => {
  const control = plan.nodes.find(isControlPlane);
  if (control === undefined) throw new Error("the lab has no control plane");
  const script = await byHandScript(plan, control, directory);
  const [, manifests = ""] = /^cat >\/root\/addons\.yaml <<'END'\n(.*?)^END$/ms.exec(script) ?? [];
  const applied = parseAllDocuments(manifests).map((one) =>
    describeObject((one as { toJS(): unknown }).toJS() as ApiObject),
  );
  expect(objects.length).toBeGreaterThan(5);
  expect(applied.sort()).toEqual(objects.sort());
});
