import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ExecaError, execa } from "execa";
import { messageOf, UserError } from "../../base/errors.ts";
import { checkRequirements, goDirectory } from "./checkRequirements.ts";
import type { CBinary, GoRecipe } from "./recipe.ts";
import { sourceFiles } from "./recipeKey.ts";

export interface BuildOptions {
  /** Receives each line that Go prints: the package it compiles, the module it downloads. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Number of the compiler's last lines that an error quotes. */
const tailLines = 15;

/**
 * Builds a recipe's binaries into `outDirectory`, which it creates, and checks each binary's
 * version. The module is copied into that directory first, so the checkout stays unchanged and may
 * be read-only.
 *
 * @throws UserError if Go, a Debian package or a module is missing, or the build fails
 */
export async function buildGoTool(
  recipe: GoRecipe,
  outDirectory: string,
  options: BuildOptions = {},
): Promise<void> {
  await checkRequirements(recipe);
  const work = join(outDirectory, ".work");
  const source = join(work, "source");
  await copySources(join(goDirectory, recipe.directory), source);
  if (recipe.generate) {
    await compile(recipe, [recipe.generate.package], { source, out: join(work, "gen") }, options);
    const generator = join(work, "gen", executableName(recipe.generate.package));
    await run(recipe, generator, recipe.generate.arguments, source, options);
  }
  const out = join(work, "bin");
  const binaries = Object.entries(recipe.binaries);
  const packages = binaries.flatMap(([, binary]) => ("package" in binary ? [binary.package] : []));
  await compile(recipe, packages, { source, out }, options);
  for (const [name, binary] of binaries) {
    const path = join(outDirectory, name);
    if ("package" in binary) await rename(join(out, executableName(binary.package)), path);
    else await compileC(recipe, binary, { source, path }, options);
  }
  await rm(work, { recursive: true });
  await proveBinaries(recipe, outDirectory);
}

/**
 * Runs each binary and checks that its output contains the expected text.
 *
 * @throws UserError that quotes the actual output
 */
export async function proveBinaries(recipe: GoRecipe, directory: string): Promise<void> {
  for (const [name, { proof, proofText }] of Object.entries(recipe.binaries)) {
    const path = join(directory, name);
    const result = await execa(path, proof, {
      all: true,
      reject: false,
      input: "",
      timeout: 60_000,
      env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    if (result.all.includes(proofText)) continue;
    throw new UserError({
      place: `${path} ${proof.join(" ")}`.trim(),
      found: JSON.stringify(result.all.slice(0, 300) || result.shortMessage),
      expected: `output with ${JSON.stringify(proofText)}`,
      remedy: `remove ${dirname(path)} and build it again`,
    });
  }
}

/**
 * The executable's name that `go build` derives from a package: its last path element, without a
 * major version.
 */
export function executableName(packagePath: string): string {
  const elements = packagePath.split("/").filter((element) => !/^v\d+$/.test(element));
  return elements.at(-1) ?? packagePath;
}

/** The arguments of `go build` for `packages`, which write every executable to `out`. */
export function goBuildArguments(
  recipe: GoRecipe,
  packages: readonly string[],
  out: string,
): string[] {
  const link = ["-s", "-w"];
  if (recipe.cgo) link.push("-extldflags", "-static");
  for (const [name, value] of Object.entries(recipe.variables ?? {})) {
    link.push("-X", `${name}=${value}`);
  }
  const tags = recipe.tags ? ["-tags", recipe.tags.join(",")] : [];
  return [
    "build",
    // Prints each package as it is compiled, for the progress display.
    "-v",
    "-trimpath",
    ...tags,
    // The linker's -w drops debugging information, so the compiler need not generate it.
    "-gcflags=all=-dwarf=false",
    "-ldflags",
    link.join(" "),
    // The slash makes `out` a directory even for one package.
    "-o",
    `${out}/`,
    ...packages,
  ];
}

async function compile(
  recipe: GoRecipe,
  packages: readonly string[],
  { source, out }: { source: string; out: string },
  options: BuildOptions,
): Promise<void> {
  await mkdir(out, { recursive: true });
  await run(recipe, "go", goBuildArguments(recipe, packages, out), source, options);
}

async function compileC(
  recipe: GoRecipe,
  { module, directory = ".", sources, defines = {}, libraries = [] }: CBinary,
  { source, path }: { source: string; path: string },
  options: BuildOptions,
): Promise<void> {
  const home = join(source, directory);
  // Downloads the module, so that `go list` finds it.
  await run(recipe, "go", ["mod", "download", module], home, options);
  const listed = await execa("go", ["list", "-m", "-f", "{{.Dir}}", module], { cwd: home, env });
  const files = join(listed.stdout, sources);
  const names = (await readdir(files)).filter((name) => name.endsWith(".c"));
  const flags = libraries.length === 0 ? "" : (await pkgConfig(libraries)).stdout;
  const compiled = names.sort().map((name) => join(files, name));
  await run(recipe, "gcc", gccArguments(defines, compiled, flags, path), source, options);
}

/**
 * The arguments of gcc for a static program at `path`; `flags` are pkg-config's for its libraries.
 */
export function gccArguments(
  defines: Readonly<Record<string, string>>,
  files: readonly string[],
  flags: string,
  path: string,
): string[] {
  return [
    ...["-static", "-std=c99", "-Os", "-s", "-o", path],
    ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
    // Sources come before libraries: the linker takes from each library only the symbols needed so
    // far.
    ...files,
    ...flags.split(/\s+/).filter((flag) => flag !== ""),
  ];
}

const pkgConfig = (libraries: readonly string[]) =>
  execa("pkg-config", ["--static", "--cflags", "--libs", ...libraries]);

/** Restricts the build to pinned inputs: no other compiler, no change to go.mod, no workspace. */
const env = {
  GOTOOLCHAIN: "local",
  GOFLAGS: "-mod=readonly -buildvcs=false",
  GOWORK: "off",
  GOOS: "linux",
  GOARCH: "amd64",
  // Runs on every 64-bit x86 CPU, including an emulated one.
  GOAMD64: "v1",
} as const;

async function run(
  recipe: GoRecipe,
  command: string,
  args: readonly string[],
  cwd: string,
  { onLine, signal }: BuildOptions,
): Promise<void> {
  const tail: string[] = [];
  const child = execa(command, args, {
    cwd,
    all: true,
    buffer: false,
    stdin: "ignore",
    ...(signal ? { cancelSignal: signal } : {}),
    env: { ...env, CGO_ENABLED: recipe.cgo ? "1" : "0" },
  });
  try {
    for await (const line of child.iterable({ from: "all" })) {
      onLine?.(line);
      tail.push(line);
      if (tail.length > tailLines) tail.shift();
    }
    await child;
  } catch (error) {
    signal?.throwIfAborted();
    throw new UserError(explain(recipe, command, tail, error), { cause: error });
  }
}

/**
 * The error of a failed build: names a module that cannot be downloaded, else quotes the compiler's
 * last lines.
 */
export function explain(
  recipe: GoRecipe,
  command: string,
  output: readonly string[],
  error: unknown,
): string {
  const text = output.join("\n");
  const unserved = /(\S+)@(v\S+): reading \S+: (\d{3} [^\n]+)/.exec(text);
  const what = `building ${recipe.name} ${recipe.version}`;
  if (unserved) {
    const [, module = "", version = "", answer = ""] = unserved;
    return `${what}: the Go module proxy does not serve ${module} ${version} (${answer.trim()}); retry later if the proxy has failed, else change the version in toolchain/go/${recipe.directory}/go.mod as toolchain/README.md says`;
  }
  if (text.includes("no space left on device")) {
    return `${what}: the disk is full; Go's build cache (\`go env GOCACHE\`) takes about 9 GB for all parts`;
  }
  const reason = (error as ExecaError).shortMessage || messageOf(error);
  return `${what}: ${command} failed: ${reason.split("\n")[0] ?? ""}\n${text}`;
}

async function copySources(from: string, to: string): Promise<void> {
  for (const file of await sourceFiles(from)) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await copyFile(join(from, file), join(to, file));
  }
}
