import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { projectDir } from "../../base/paths.ts";
import { devCluster } from "../../harness/program/labs.ts";
import { type ProgramRun, runExample, runProgram } from "../../harness/program/runProgram.ts";
import { images } from "../../model/versions.ts";
import { fencedBlocks, tableRows } from "../unit/docs/markdown.ts";

/** examples/workload under mocks, on a lab with the outputs of the main program under mocks. */

const directory = join(projectDir, "examples", "workload");
const { name: project, config } = parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as {
  name: string;
  config: Record<string, { type: string; default: string }>;
};
const defaultLab = config.lab?.default ?? "";
const secretSignature = "4dabf18193072939515e22adb298388d";

let lab: ProgramRun;
let run: ProgramRun;

/** The example with this lab's stack in its config; only `stacks` exist. */
function runOn(stack: string, stacks: readonly string[]): Promise<ProgramRun> {
  const entries = Object.entries(lab.outputs);
  const outputs = {
    outputs: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
    secrets: entries.filter(([, { isSecret }]) => isSecret).map(([name]) => name),
  };
  return runExample({
    program: join(directory, "index.ts"),
    project,
    config: { [`${project}:lab`]: stack },
    references: Object.fromEntries(stacks.map((one) => [one, outputs])),
  });
}

beforeAll(async () => {
  lab = await runProgram({ cluster: devCluster });
  run = await runOn(defaultLab, [defaultLab]);
});

const provider = () => run.registrations.find(({ type }) => type === "pulumi:providers:kubernetes");
/** Sorted by type, because resources register when their inputs are known. */
const objects = () =>
  run.registrations
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .sort((a, b) => (a.type < b.type ? -1 : 1));

describe("examples/workload", () => {
  test("refers to the stack of the lab dev by default, and to another one by config", async () => {
    expect(defaultLab).toBe("organization/hardway/dev");
    expect(provider()?.inputs.clusterIdentifier).toBe(defaultLab);
    const other = await runOn("acme/hardway/ha", ["acme/hardway/ha"]);
    expect(other.registrations.map(({ urn }) => urn)).toEqual(
      run.registrations.map(({ urn }) => urn),
    );
    await expect(runOn("acme/hardway/ha", [defaultLab])).rejects.toThrow(
      "the program refers to acme/hardway/ha",
    );
  });

  test("gives the lab's kubeconfig to its provider as a secret, and to nothing else", () => {
    const kubeconfig = lab.outputs.kubeconfig?.value as string;
    expect(lab.outputs.kubeconfig?.isSecret).toBe(true);
    expect(provider()?.inputs.kubeconfig).toEqual({
      [secretSignature]: "1b47061264138c4ac30d75fd1eb44270",
      value: kubeconfig,
    });
    for (const { name, inputs } of objects()) {
      expect(JSON.stringify(inputs), name).not.toContain(JSON.stringify(kubeconfig).slice(1, -1));
    }
  });

  test("registers a Namespace, a Deployment and a Service, all with this provider", () => {
    expect(objects().map(({ type, name }) => `${type} ${name}`)).toEqual([
      "kubernetes:apps/v1:Deployment hello",
      "kubernetes:core/v1:Namespace hello",
      "kubernetes:core/v1:Service hello",
    ]);
    const providerOf = `${provider()?.urn ?? ""}::id of lab`;
    expect(objects().map((one) => one.provider)).toEqual([providerOf, providerOf, providerOf]);
    expect(run.registrations).toHaveLength(objects().length + 1);
  });

  test("runs an image that the mirror of every lab serves, and the Service selects its pods", () => {
    const [deployment, namespace, service] = objects().map(({ inputs }) => inputs);
    const { spec } = deployment as {
      spec: { template: { metadata: unknown; spec: { containers: { image: string }[] } } };
    };
    expect(spec.template.spec.containers.map(({ image }) => image)).toEqual([images.agnhost]);
    expect(spec.template.metadata).toEqual({ labels: { app: "hello" } });
    expect(deployment).toMatchObject({
      metadata: { name: "hello", namespace: "hello" },
      spec: { replicas: 2, selector: { matchLabels: { app: "hello" } } },
    });
    expect(service).toMatchObject({
      metadata: { name: "hello", namespace: "hello" },
      spec: {
        type: "NodePort",
        selector: { app: "hello" },
        ports: [{ name: "http", port: 80, targetPort: "http", nodePort: 30_088 }],
      },
    });
    expect(namespace).toMatchObject({ metadata: { name: "hello" } });
  });

  test("docs/outputs.md quotes it", () => {
    const quotes = fencedBlocks(readFileSync(join(projectDir, "docs/outputs.md"), "utf8"), "ts");
    expect(quotes).toHaveLength(1);
    const source = readFileSync(join(directory, "index.ts"), "utf8");
    for (const quote of quotes) expect(source).toContain(quote);
  });

  test("docs/outputs.md lists every output of a lab, and which ones are secrets", () => {
    const page = readFileSync(join(projectDir, "docs/outputs.md"), "utf8");
    const listed = tableRows(page).map(({ cells: [name = "", secret = ""] }) => [
      name.replaceAll("`", ""),
      secret,
    ]);
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries(
        Object.entries(lab.outputs).map(([name, { isSecret }]) => [name, isSecret ? "yes" : "no"]),
      ),
    );
  });

  test("exports the URL of each worker, which is no secret", () => {
    expect(run.outputs).toEqual({
      urls: {
        value: ["http://10.17.0.21:30088/hostname", "http://10.17.0.22:30088/hostname"],
        isSecret: false,
      },
    });
  });
});
