import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { runProgram } from "../harness/program/runProgram.ts";
import { foldGraph } from "./graph/foldGraph.ts";
import { renderGraph } from "./graph/renderGraph.ts";

/** The picture of the program's graph, as the README shows it. */
export const graphFile = join(import.meta.dirname, "graph.svg");

/** Runs the program for the lab of `Pulumi.dev.yaml`, under mocks, and draws what it registers. */
export async function drawGraph(): Promise<string> {
  const file = await readFile(join(import.meta.dirname, "..", "Pulumi.dev.yaml"), "utf8");
  const { config } = parse(file) as { config: Record<string, unknown> };
  const { registrations } = await runProgram({ cluster: config["hardway:cluster"] });
  return renderGraph(foldGraph(registrations));
}

if (import.meta.main) {
  await writeFile(graphFile, await drawGraph());
}
