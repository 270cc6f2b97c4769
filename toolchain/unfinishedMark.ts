import { dirname } from "node:path";

/**
 * The file that the CLI keeps beside a plugin's directory until the plugin is complete. As long as
 * the file exists, the engine treats the plugin as missing.
 *
 * @param file the plugin's program, in PULUMI_HOME
 */
export function unfinishedMark(file: string): string {
  return `${dirname(file)}.partial`;
}
