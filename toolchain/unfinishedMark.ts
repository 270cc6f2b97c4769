import { dirname } from "node:path";

/**
 * The file that the CLI leaves beside a plugin's directory until the plugin is all there. As long as it is there, the engine
 * takes the plugin for missing, whatever the directory holds.
 *
 * @param file the plugin's program, in PULUMI_HOME
 */
export function unfinishedMark(file: string): string {
  return `${dirname(file)}.partial`;
}
