import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

interface Resource {
  readonly urn: string;
  readonly outputs?: { validityStartTime?: string; validityEndTime?: string };
}

/**
 * Ages certificates of a stack by editing its state (a file backend's in `directory`): they were
 * created that many hours earlier. The tls plugin decides about renewal by the times in the state
 * alone, and a container machine's clock is this machine's. No pulumi may run on the stack
 * meanwhile.
 *
 * @param isMeant selects certificates by the resource's name
 * @returns the names of those certificates, sorted
 */
export async function passHours(
  { directory, stack }: { directory: string; stack: string },
  hours: number,
  isMeant: (name: string) => boolean,
): Promise<string[]> {
  const file = join(directory, "pulumi/.pulumi/stacks/hardway", `${stack}.json`);
  const state = JSON.parse(await readFile(file, "utf8")) as {
    checkpoint: { latest: { resources: Resource[] } };
  };
  const earlier = (time: string) =>
    new Date(Date.parse(time) - hours * 3_600_000).toISOString().replace(/\.\d+Z$/, "Z");
  const names = state.checkpoint.latest.resources.flatMap(({ urn, outputs }) => {
    const name = urn.split("::").at(-1) ?? "";
    if (!outputs?.validityStartTime || !outputs.validityEndTime || !isMeant(name)) return [];
    outputs.validityStartTime = earlier(outputs.validityStartTime);
    outputs.validityEndTime = earlier(outputs.validityEndTime);
    return [name];
  });
  await writeFile(file, JSON.stringify(state));
  return names.sort();
}
