import { expect, test } from "vitest";
import { parse } from "yaml";
import { isMapping } from "../../../config/messages/salvage.ts";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";
import { clusterSchema } from "../../../config/schema/clusterSchema.ts";
import { Ipv4Network } from "../../../model/addresses.ts";
import { pages } from "./allPages.ts";
import { fencedBlocks } from "./markdown.ts";

/** Every part of a config that a page shows as valid, except those with a … for users' values. */
const shown = pages
  // Its configs are the refused ones.
  .filter(({ file }) => file !== "docs/refusals.md")
  .flatMap(({ file, text }) =>
    fencedBlocks(text, "yaml")
      .filter((block) => !block.includes("…"))
      .flatMap((block) => clusterIn(parse(block)).map((cluster) => ({ file, block, cluster }))),
  );

/** The value under `hardway:cluster`; nothing for another program's file. */
function clusterIn(value: unknown): Readonly<Record<string, unknown>>[] {
  const whole =
    isMapping(value) && isMapping(value.config) ? value.config["hardway:cluster"] : value;
  return isMapping(whole) && Object.keys(whole).some((key) => key in clusterSchema.shape)
    ? [whole]
    : [];
}

/** Adds a control plane if the part has none. */
function completed(cluster: Readonly<Record<string, unknown>>): unknown {
  if (JSON.stringify(cluster).includes("control-plane")) return cluster;
  const { nodes = {}, network = {} } = cluster;
  const cidr = isMapping(network) ? network.nodes : undefined;
  const address = String(
    Ipv4Network.parse(typeof cidr === "string" ? cidr : "10.17.0.0/24").addressAt(11),
  );
  return { ...cluster, nodes: { ...(nodes as object), cp: { roles: ["control-plane"], address } } };
}

test("configs that pages show break no rule", () => {
  expect(shown.length).toBeGreaterThan(12);
  const faults = shown.flatMap(({ file, block, cluster }) =>
    clusterProblems(completed(cluster)).map(({ path, message }) => ({
      file,
      fault: `${path}: ${message}`,
      block,
    })),
  );
  expect(faults).toEqual([]);
});
