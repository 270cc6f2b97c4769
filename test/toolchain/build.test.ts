import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  executableName,
  explain,
  gccArguments,
  goBuildArguments,
} from "../../toolchain/go/build.ts";
import { checkRequirements, goDirectory } from "../../toolchain/go/checkRequirements.ts";
import { recipes } from "../../toolchain/go/recipes.ts";

let bin: string;
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), "hardway-path-"));
  vi.stubEnv("PATH", bin);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(bin, { recursive: true });
});

/** The Go release that a module's go.mod requires. */
async function goOf(directory: string): Promise<string> {
  const text = await readFile(join(goDirectory, directory, "go.mod"), "utf8");
  return /^go (\S+)$/m.exec(text)?.[1] ?? "";
}

async function fakeCommand(name: string, output: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\necho '${output}'\n`);
  await chmod(join(bin, name), 0o755);
}

test("without Go the error says which release is needed and where to get it", async () => {
  const { version } = recipes.containerd;
  const wanted = await goOf("containerd");
  await expect(checkRequirements(recipes.containerd)).rejects.toThrow(
    `building containerd ${version}: found no \`go\` on PATH, expected Go ${wanted} or newer; ` +
      "install your distribution's Go package if it is new enough, or a release from go.dev/dl, and put its bin directory on PATH",
  );
});

test("an old Go is named", async () => {
  await fakeCommand("go", "go version go1.19.8 linux/amd64");
  // Created before, because a rejection without a handler would fail the whole run.
  const wanted = await goOf("etcd");
  await expect(checkRequirements(recipes.etcd)).rejects.toThrow(
    `found go version go1.19.8 linux/amd64, expected Go ${wanted} or newer`,
  );
});

test("all missing Debian packages are reported at once, and no installed ones", async () => {
  await fakeCommand("go", "go version go1.99.0 linux/amd64");
  // Prints the bare name, as gcc does for a library that it does not find.
  await fakeCommand("gcc", "libc.a");
  await expect(checkRequirements(recipes.runc)).rejects.toThrow(
    `building runc ${recipes.runc.version}: found no libc6-dev, no pkg-config, no libseccomp-dev, expected the packages for static C code; ` +
      "run `apt-get install libc6-dev pkg-config libseccomp-dev`",
  );
});

test("a recipe without C needs Go alone", async () => {
  await fakeCommand("go", "go version go1.99.0 linux/amd64");
  await expect(checkRequirements(recipes.kubernetes)).resolves.toBeUndefined();
});

test("the arguments of a static build", () => {
  expect(goBuildArguments(recipes.flannel, ["github.com/flannel-io/flannel"], "/out")).toEqual([
    "build",
    "-v",
    "-trimpath",
    "-tags",
    "netgo,osusergo",
    "-gcflags=all=-dwarf=false",
    "-ldflags",
    `-s -w -extldflags -static -X github.com/flannel-io/flannel/pkg/version.Version=${recipes.flannel.version}`,
    "-o",
    "/out/",
    "github.com/flannel-io/flannel",
  ]);
});

test("the arguments of a static C program: its sources before the libraries that they need", () => {
  const flags = "-I/usr/include/glib-2.0 -lglib-2.0 -pthread\n";
  expect(gccArguments({ VERSION: '"1"' }, ["/m/src/a.c", "/m/src/b.c"], flags, "/out/x")).toEqual([
    ...["-static", "-std=c99", "-Os", "-s", "-o", "/out/x", '-DVERSION="1"'],
    ...["/m/src/a.c", "/m/src/b.c", "-I/usr/include/glib-2.0", "-lglib-2.0", "-pthread"],
  ]);
});

test.each([
  ["k8s.io/kubernetes/cmd/kubelet", "kubelet"],
  ["go.etcd.io/etcd/server/v3", "server"],
  ["github.com/pulumi/pulumi-terraform-bridge/v3/dynamic", "dynamic"],
  ["./cmd/serve", "serve"],
])("go build names the executable of %s %s", (path, name) => {
  expect(executableName(path)).toBe(name);
});

test("a module that is not served is named with its version", () => {
  const output = [
    "../x.go:34:2: github.com/cloud/sdk/vpc@v1.3.149: reading https://proxy.invalid/github.com/cloud/sdk/vpc/@v/v1.3.149.zip: 403 Forbidden",
    "\tserver response: This module version is not available.",
  ];
  expect(explain(recipes.flannel, "go", output, new Error("exit 1"))).toBe(
    `building flannel ${recipes.flannel.version}: the Go module proxy does not serve github.com/cloud/sdk/vpc v1.3.149 (403 Forbidden); ` +
      "retry later if the proxy has failed, else change the version in toolchain/go/flannel/go.mod as toolchain/README.md says",
  );
});

test("another failure shows the compiler's last lines", () => {
  expect(explain(recipes.etcd, "go", ["x.go:1: syntax error"], new Error("exit 1"))).toBe(
    `building etcd ${recipes.etcd.version}: go failed: exit 1\nx.go:1: syntax error`,
  );
});
