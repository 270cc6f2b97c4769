import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { projectDir } from "../../../base/paths.ts";
import { positionFinder } from "../../../config/messages/lineFinder.ts";
import { problemAt } from "../../../config/messages/problem.ts";
import {
  findingOf,
  type Report,
  renderReport,
  sorted,
  summary,
} from "../../../tools/check/report.ts";
import { temporaryDirectory } from "./temporary.ts";

const text = `config:
  hardway:cluster:
    nodes:
      control-1: {roles: [control-plane], address: 10.99.0.11}
`;
const source = {
  name: "Pulumi.dev.yaml",
  positionOf: positionFinder(text, {
    nodes: { "control-1": { roles: ["control-plane"], address: "10.99.0.11" } },
  }),
  shownValueOf: () => '"10.99.0.11"',
};

describe("a finding", () => {
  test("has line, column, value, rule and remedy", () => {
    const keys = ["nodes", "control-1", "address"];
    const problem = problemAt(keys, "10.99.0.11 is not in 10.17.0.0/24; choose one of it");
    expect(findingOf("config", problem, source)).toEqual({
      area: "config",
      path: "nodes.control-1.address",
      value: '"10.99.0.11"',
      rule: "10.99.0.11 is not in 10.17.0.0/24",
      remedy: "choose one of it",
      file: "Pulumi.dev.yaml",
      line: 4,
      column: 43,
    });
  });

  test("outside the config has a name instead", () => {
    const problem = { path: "passphrase", message: "is empty" };
    expect(findingOf("workstation", problem, source)).toEqual({
      area: "workstation",
      path: "passphrase",
      rule: "is empty",
    });
  });

  test("comes in the order of the file", () => {
    const at = (line?: number, column = 1) => ({
      area: "config" as const,
      path: `${line}:${column}`,
      rule: "",
      ...(line === undefined ? {} : { line, column }),
    });
    expect(sorted([at(), at(4, 9), at(12), at(4, 2)]).map(({ path }) => path)).toEqual([
      "4:2",
      "4:9",
      "12:1",
      "undefined:1",
    ]);
  });
});

test("the report groups errors, warnings and what was not checked", () => {
  const report: Report = {
    stack: "dev",
    file: "Pulumi.dev.yaml",
    errors: [
      { area: "hypervisors", path: "machines.memoryMiB", rule: "too much", remedy: "use less" },
      { area: "config", path: "a", rule: "no", file: "Pulumi.dev.yaml", line: 3, column: 5 },
    ],
    warnings: [{ area: "config", path: "nodes.one", rule: "is the only etcd member" }],
    notChecked: [{ what: "living cluster", why: "Pulumi is not installed" }],
  };
  expect(summary(report)).toBe("2 errors, 1 warning, 1 not checked");
  expect(renderReport(report)).toBe(`Pulumi.dev.yaml: 2 errors, 1 warning, 1 not checked

errors: config
  Pulumi.dev.yaml:3:5 a: no

errors: hypervisors
  machines.memoryMiB: too much; use less

warnings
  nodes.one: is the only etcd member

not checked
  living cluster: Pulumi is not installed
`);
});

describe("./lab check", () => {
  const check = async (stack: string) => {
    const root = temporaryDirectory();
    const argv = ["--disable-warning=ExperimentalWarning", "tools/cli/cli.ts", "--stack", stack];
    const { exitCode, stdout } = await execa(process.execPath, [...argv, "check", "--json"], {
      cwd: projectDir,
      reject: false,
      env: { HARDWAY_CACHE: root, HARDWAY_STATE: root, PATH: process.env.PATH },
      extendEnv: false,
    });
    return { exitCode, report: JSON.parse(stdout) as Report };
  };

  test("installs nothing, and names what it could not check", async () => {
    const { exitCode, report } = await check("ha");
    expect(report.errors.filter(({ area }) => area === "config")).toEqual([]);
    // Without a cache there is no lock file with the hashes of the downloads.
    expect(report.notChecked.map(({ why }) => why)).toContain(
      "not downloaded yet; `./lab up` does this first",
    );
    expect(report.notChecked.map(({ what }) => what)).toContain(
      "settings of kubelet, kube-proxy, kube-apiserver, kube-controller-manager, kube-scheduler, etcd",
    );
    expect(exitCode).toBe(report.errors.length === 0 ? 0 : 1);
  });

  test("reports a stack without a config", async () => {
    const { exitCode, report } = await check("nowhere");
    expect(exitCode).toBe(1);
    expect(report.errors).toEqual([
      {
        area: "config",
        path: "Pulumi.nowhere.yaml",
        rule: "does not exist",
        remedy: "copy Pulumi.dev.yaml there and give its networks other addresses",
      },
    ]);
  });
});
