import * as pulumi from "@pulumi/pulumi";
import { messageOf, sentence, UserError } from "../base/errors.ts";
import { lineFinder } from "../config/messages/lineFinder.ts";
import { ConfigError, problemText } from "../config/messages/problem.ts";
import { gatherSurroundings } from "../config/resolve/gatherSurroundings.ts";
import { labFrom } from "../config/resolve/labFrom.ts";
import { configValue } from "../config/resolve/stackFile.ts";
import type { ClusterPlan } from "../plan/clusterPlan.ts";
import { planCluster } from "../plan/planCluster.ts";
import { type ClusterRecord, readRecord } from "../plan/record.ts";

/**
 * The plan of the lab in the stack's config, on this machine and after the last `up`. Nothing else
 * in the program reads its config, its environment or its earlier outputs.
 *
 * @throws pulumi.RunError, which prints without a stack trace, with all config errors at once; also
 * in a preview
 */
export async function readPlan(): Promise<ClusterPlan> {
  const { "hardway:cluster": text, ...rest } = pulumi.runtime.allConfig();
  const otherKeys = Object.keys(rest).filter((key) => key.startsWith("hardway:"));
  const raw = configValue(text);
  const around = gatherSurroundings(pulumi.getStack(), otherKeys, process.env);
  try {
    const lab = labFrom(raw, around);
    const { plan, problems, obstacle, notes } = planCluster(lab, await recordBefore());
    if (problems.length > 0) {
      throw new ConfigError(around.file.name, problems, lineFinder(around.file.text, raw));
    }
    if (obstacle !== undefined) await stopUpdate(problemText(obstacle));
    for (const note of notes) await pulumi.log.warn(problemText(note));
    return plan;
  } catch (error) {
    const isUserError = error instanceof ConfigError || error instanceof UserError;
    throw isUserError ? new pulumi.RunError(error.message) : error;
  }
}

/** An update fails; a preview warns, and still shows what would be created. */
async function stopUpdate(message: string): Promise<void> {
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(message);
  await pulumi.log.warn(message);
}

/**
 * The record of this stack's last `up`, read as a StackReference does, but that would also copy all
 * outputs into the state. The engine returns no outputs for a stack that has none yet, and an error
 * only if it cannot know:
 * https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/backend/backend.go (GetStackOutputs)
 */
async function recordBefore(): Promise<ClusterRecord | undefined> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  let outputs: unknown;
  try {
    const read = { name };
    const result: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", read);
    outputs = (result as { outputs?: unknown }).outputs;
  } catch (error) {
    await stopUpdate(
      sentence({
        place: `the outputs of the stack ${name}`,
        found: `that they can't be read: ${messageOf(error)}`,
        expected:
          "the record of the last `up`; without it, nothing checks whether this config would erase etcd's data",
        remedy: "check that `pulumi stack output record` prints the record, then run this again",
      }),
    );
    return undefined;
  }
  return readRecord(outputs, pulumi.getStack());
}
