/** What a build that links C statically looks for: the Debian package, and the thing in it that proves it is there. */
export interface SystemPackage {
  readonly debian: string;
  readonly command?: string;
  /** A static library that the C compiler must find. */
  readonly library?: string;
}

/** How a built executable is looked at. */
interface Proof {
  /** Arguments that make it say who it is, harmlessly and without a configuration. */
  readonly proof: readonly string[];
  /** Text that must then be in its output. The exit code does not count: some plugins refuse to run. */
  readonly proofText: string;
}

/** One executable of a recipe. */
export interface GoBinary extends Proof {
  /** Import path, or `./dir` in the recipe's own module. */
  readonly package: string;
}

/** One executable whose C sources come inside a Go module, by which they are pinned and checked like any other. */
export interface CBinary extends Proof {
  readonly module: string;
  /** Directory with the go.mod that requires the module, below the recipe's own; that one unless given. */
  readonly directory?: string;
  /** Directory of the sources in the module; all of them are compiled. */
  readonly sources: string;
  /** `-D name=value`. */
  readonly defines?: Readonly<Record<string, string>>;
  /** As pkg-config calls them. */
  readonly libraries?: readonly string[];
}

/** How one tool is built from a Go module: pure data; `buildGoTool` acts on it. */
export interface GoRecipe {
  /** Names the directory of the result, `parts/<name>/`. */
  readonly name: string;
  readonly version: string;
  /** The module whose version decides what is built, and that version: go.mod must say the same. */
  readonly module: string;
  readonly moduleVersion: string;
  /** Directory below toolchain/go with go.mod and go.sum; recipes may share one. */
  readonly directory: string;
  readonly binaries: Readonly<Record<string, GoBinary | CBinary>>;
  readonly tags?: readonly string[];
  /** String variables set by the linker (`-X name=value`). */
  readonly variables?: Readonly<Record<string, string>>;
  /** Present where C code is linked in, statically: needs these besides Go. */
  readonly cgo?: readonly SystemPackage[];
  /** A program of the module that writes files its other packages embed, run in a copy of the module. */
  readonly generate?: { readonly package: string; readonly arguments: readonly string[] };
}

const gcc: SystemPackage = { debian: "gcc", command: "gcc" };
const libc: SystemPackage = { debian: "libc6-dev", library: "libc.a" };

/** What static C takes without further libraries. */
export const staticC = [gcc, libc] as const;
