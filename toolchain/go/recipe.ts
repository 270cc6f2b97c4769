/** A Debian package that a static C build needs, and a file in it that proves its presence. */
export interface SystemPackage {
  readonly debian: string;
  readonly command?: string;
  /** A static library that the C compiler must find. */
  readonly library?: string;
}

/** How a built executable is checked. */
interface Proof {
  /** Arguments that print the version, without side effects or a configuration. */
  readonly proof: readonly string[];
  /** Text that the output must contain. The exit code is ignored: some plugins refuse to run. */
  readonly proofText: string;
}

/** A Go executable of a recipe. */
export interface GoBinary extends Proof {
  /** Import path, or `./dir` in the recipe's own module. */
  readonly package: string;
}

/** A C executable whose sources are in a Go module, which pins and verifies them. */
export interface CBinary extends Proof {
  readonly module: string;
  /**
   * The directory with the go.mod that requires the module, below the recipe's; by default the
   * recipe's.
   */
  readonly directory?: string;
  /** The directory of the sources in the module; all of them are compiled. */
  readonly sources: string;
  /** `-D name=value`. */
  readonly defines?: Readonly<Record<string, string>>;
  /** Names for pkg-config. */
  readonly libraries?: readonly string[];
}

/** How a tool is built from a Go module, as data for `buildGoTool`. */
export interface GoRecipe {
  /** The name of the result's directory, `parts/<name>/`. */
  readonly name: string;
  readonly version: string;
  /** The module to build, and its version, which must equal the one in go.mod. */
  readonly module: string;
  readonly moduleVersion: string;
  /** The directory below toolchain/go with go.mod and go.sum; recipes may share one. */
  readonly directory: string;
  readonly binaries: Readonly<Record<string, GoBinary | CBinary>>;
  readonly tags?: readonly string[];
  /** String variables that the linker sets (`-X name=value`). */
  readonly variables?: Readonly<Record<string, string>>;
  /** The packages for statically linked C code, if there is any. */
  readonly cgo?: readonly SystemPackage[];
  /**
   * A program of the module that writes files which other packages embed; runs in a copy of the
   * module.
   */
  readonly generate?: { readonly package: string; readonly arguments: readonly string[] };
}

const gcc: SystemPackage = { debian: "gcc", command: "gcc" };
const libc: SystemPackage = { debian: "libc6-dev", library: "libc.a" };

/** The packages for static C code without further libraries. */
export const staticC = [gcc, libc] as const;
