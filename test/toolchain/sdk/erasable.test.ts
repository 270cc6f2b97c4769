import * as libvirt from "@pulumi/libvirt";
import { describe, expect, test } from "vitest";
import manifest from "../../../sdks/libvirt/package.json" with { type: "json" };
import { erasable, erasableManifest } from "../../../toolchain/sdk/erasable.ts";

describe("a generated file becomes one that runs without a compiler", () => {
  const table: readonly [string, string, string, string][] = [
    [
      "lazy loading in the index",
      "index.ts",
      'export { ThingArgs } from "./thing";\nexport type Thing = import("./thing").Thing;\nexport const Thing: typeof import("./thing").Thing = null as any;\nutilities.lazyLoad(exports, ["Thing"], () => require("./thing"));\n',
      'export type { ThingArgs } from "./thing.ts";\nimport { Thing } from "./thing.ts";\nexport { Thing };\n',
    ],
    [
      "imports without an extension",
      "thing.ts",
      'import * as inputs from "./types/input";\nimport * as utilities from "./utilities";\nimport * as config from "./config";\n',
      'import type * as inputs from "./types/input.ts";\nimport * as utilities from "./utilities.ts";\nimport * as config from "./config/index.ts";\n',
    ],
    [
      "assertions in angle brackets",
      "thing.ts",
      "new Thing(name, <any>state)",
      "new Thing(name, (state as any))",
    ],
    [
      "configuration that is read when it is asked for",
      "config/vars.ts",
      'declare var exports: any;\nexport declare const uri: string | undefined;\nObject.defineProperty(exports, "uri", {\n    get() {\n        return __config.get("uri");\n    },\n    enumerable: true,\n});\n',
      'export const uri: string | undefined = __config.get("uri");\n',
    ],
    [
      "the version from package.json",
      "utilities.ts",
      "let version = require('./package.json').version;",
      "let version = manifest.version;",
    ],
    [
      "a namespace of types",
      "provider.ts",
      "const r: Provider.AResult;\n\nexport namespace Provider {\n    export interface AResult {\n        readonly a: string;\n    }\n\n}\n",
      "const r: AResult;\n\nexport interface AResult {\n    readonly a: string;\n}\n",
    ],
  ];
  test.each(table)("%s", (_, path, source, expected) => {
    expect(erasable(path, source)).toBe(expected);
  });

  test("what it does not know is an error, not a broken file", () => {
    expect(() => erasable("thing.ts", 'const x = require("./y");')).toThrow(
      'thing.ts: expected nothing that needs compiling, found "require("; add this construct to toolchain/sdk/erasable.ts',
    );
  });

  test("the manifest has the source as its entry, and no script", () => {
    const stock = {
      name: "@pulumi/x",
      main: "bin/index.js",
      scripts: { postinstall: "tsc" },
      dependencies: { "@pulumi/pulumi": "^3.238.0", typescript: "^4" },
      pulumi: { resource: true },
    };
    expect(JSON.parse(erasableManifest(JSON.stringify(stock)))).toEqual({
      name: "@pulumi/x",
      pulumi: { resource: true },
      private: true,
      type: "module",
      exports: "./index.ts",
      peerDependencies: { "@pulumi/pulumi": "^3.238.0" },
    });
  });
});

test("the committed SDK loads, and says which plugin and parameter serve it", () => {
  expect(Object.keys(libvirt)).toEqual(
    expect.arrayContaining(["Domain", "Network", "Pool", "Provider", "Volume"]),
  );
  const { name, version, parameterization } = manifest.pulumi;
  expect([name, version]).toEqual(["terraform-provider", "1.1.3"]);
  const value = Buffer.from(parameterization.value, "base64").toString();
  expect(JSON.parse(value)).toEqual({
    remote: { url: expect.stringMatching(/\/dmacvicar\/libvirt$/) as string, version: "0.8.3" },
  });
});
