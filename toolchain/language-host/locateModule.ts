import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * The file that `module` resolves to from the program's directory.
 *
 * @throws with the command that installs the missing package
 */
export function locateModule(module: string, programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "package.json")).resolve(module);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(
      `@pulumi/pulumi: not found from ${programDirectory}, expected in its node_modules; run npm ci there`,
      { cause: error },
    );
  }
}
