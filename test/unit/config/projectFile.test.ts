import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { projectDir } from "../../../base/paths.ts";

interface ProjectFile {
  readonly name: string;
  readonly main: string;
  readonly runtime: { readonly name: string; readonly options: object };
  readonly config: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly packages?: unknown;
}

const read = (file: string): unknown => parse(readFileSync(join(projectDir, file), "utf8"));
const project = read("Pulumi.yaml") as ProjectFile;

describe("Pulumi.yaml", () => {
  test("names the program that package.json names", () => {
    const { name, main } = read("package.json") as { name: string; main: string };
    expect(project).toMatchObject({ name, main });
    expect(existsSync(join(projectDir, project.main))).toBe(true);
  });

  test("declares the keys that the program reads, without a type that would refuse JSON text", () => {
    const program = readFileSync(join(projectDir, "components/readLab.ts"), "utf8");
    const keys = [...program.matchAll(/"(hardway:\w+)"/g)].map(([, key]) => key);
    expect(Object.keys(project.config)).toEqual(keys);
    for (const declared of Object.values(project.config)) {
      expect(Object.keys(declared)).toEqual(["description"]);
    }
  });

  test("declares every key of the example labs", () => {
    const files = readdirSync(projectDir).filter((file) => /^Pulumi\.[\w-]+\.yaml$/.test(file));
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      const { config } = read(file) as { config: object };
      expect(Object.keys(config), file).toEqual(Object.keys(project.config));
    }
  });

  test("examples run as the program does", () => {
    const example = read("examples/workload/Pulumi.yaml") as ProjectFile;
    expect(example.runtime.name).toBe(project.runtime.name);
    expect(project.runtime.options).toMatchObject(example.runtime.options);
  });

  test("leaves the libvirt SDK to toolchain/sdk/generate.ts", () => {
    expect(project.packages).toBeUndefined();
    const { pulumi } = read("sdks/libvirt/package.json") as { pulumi: object };
    expect(pulumi).toMatchObject({
      name: "terraform-provider",
      parameterization: { name: "libvirt", version: "0.8.3" },
    });
  });
});
