import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { labOf, planOf } from "../harness/program/labs.ts";
import { runProgram } from "../harness/program/runProgram.ts";
import { connectionsPicture } from "./pictures/connectionsPicture.ts";
import { conversationsOf } from "./pictures/conversations.ts";
import { foldGraph } from "./pictures/foldGraph.ts";
import { networkPicture } from "./pictures/networkPicture.ts";
import { renderPicture } from "./pictures/renderPicture.ts";
import { resourceGraph } from "./pictures/resourceGraph.ts";

const root = join(import.meta.dirname, "..");

/** The labs whose pages show their networks. */
const labPictures = Object.fromEntries(
  ["journal", "play-k8s", "from-scratch", "harder-way", "ha"].map((lab) => [
    lab,
    `docs/labs/${lab}.svg`,
  ]),
);

/** What is under `hardway:cluster` in a lab's config. */
async function clusterOf(lab: string): Promise<unknown> {
  const file = await readFile(join(root, `Pulumi.${lab}.yaml`), "utf8");
  const { config } = parse(file) as { config: Record<string, unknown> };
  return config["hardway:cluster"];
}

/** Every picture that is drawn from the program, by its path in the repository. */
export async function drawPictures(): Promise<ReadonlyMap<string, string>> {
  const run = await runProgram({ cluster: await clusterOf("dev") });
  const networks = Object.entries({ dev: "docs/network.svg", ...labPictures }).map(
    async ([lab, path]) => {
      const plan = planOf(labOf(await clusterOf(lab), lab));
      return [path, await renderPicture(networkPicture(plan))] as const;
    },
  );
  return new Map([
    ...(await Promise.all(networks)),
    [
      "docs/connections.svg",
      await renderPicture(connectionsPicture(conversationsOf(run, "control-1", "worker-1"))),
    ],
    ["docs/graph.svg", await renderPicture(resourceGraph(foldGraph(run.registrations)))],
  ]);
}

if (import.meta.main) {
  for (const [path, text] of await drawPictures()) {
    await writeFile(join(root, path), text);
  }
}
