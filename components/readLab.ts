import * as pulumi from "@pulumi/pulumi";
import { lineFinder } from "../config/messages/lineFinder.ts";
import { ConfigError } from "../config/messages/problem.ts";
import { gatherSurroundings } from "../config/resolve/gatherSurroundings.ts";
import { labFrom } from "../config/resolve/labFrom.ts";
import type { Lab } from "../model/lab.ts";
import { keptAddressProblems } from "../plan/changes/keptAddresses.ts";
import { keptDiskProblems } from "../plan/changes/keptDisks.ts";
import {
  keptEmulatedNotes,
  lostKvmProblems,
  withKeptDomainTypes,
} from "../plan/changes/keptDomainTypes.ts";
import {
  keptImagesNote,
  lostMemberProblems,
  withKeptImages,
} from "../plan/changes/keptMachines.ts";
import { keptProblems } from "../plan/changes/keptNetwork.ts";
import { lackedByImage } from "../plan/imageCommands.ts";

/**
 * The lab that the stack's config describes on this machine. Here alone the program reads its config, and through
 * `gatherSurroundings` environment and files; everything behind it follows from the Lab.
 *
 * @throws pulumi.RunError, which prints without a stack, with every mistake at once; and where the config would change what
 * the stack's living cluster keeps, in a preview as well
 */
export async function readLab(): Promise<Lab> {
  const { "hardway:cluster": text, ...rest } = pulumi.runtime.allConfig();
  const otherKeys = Object.keys(rest).filter((key) => key.startsWith("hardway:"));
  const raw = parsed(text);
  const around = gatherSurroundings(pulumi.getStack(), otherKeys, process.env);
  try {
    const described = labFrom(raw, around);
    const { network, nodes } = await outputsBefore();
    const lab = withKeptImages(withKeptDomainTypes(described, nodes), nodes);
    const problems = [
      ...lostKvmProblems(described, nodes),
      ...keptProblems(lab, network),
      ...keptAddressProblems(lab, nodes),
      ...keptDiskProblems(lab, nodes),
      ...lostMemberProblems(lab, nodes),
    ];
    if (problems.length > 0) {
      throw new ConfigError(around.file.name, problems, lineFinder(around.file.text, raw));
    }
    const lacked = lackedByImage(lab);
    if (lacked !== undefined) {
      // A preview still shows what would be made.
      if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(lacked);
      await pulumi.log.warn(lacked);
    }
    const notes = [keptImagesNote(lab) ?? [], keptEmulatedNotes(described, nodes)].flat();
    for (const note of notes) await pulumi.log.warn(note);
    return lab;
  } catch (error) {
    throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
  }
}

/**
 * The stack's own outputs, as the last `up` left them. Asked for in the way of a StackReference, which would keep a copy of all
 * of them in the state. Where a backend can't tell, nothing is known.
 */
async function outputsBefore(): Promise<Readonly<Record<string, unknown>>> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  try {
    const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {
      name,
    })) as { outputs?: Readonly<Record<string, unknown>> };
    return outputs ?? {};
  } catch (error) {
    await pulumi.log.debug(`no earlier outputs of ${name}: ${String(error)}`);
    return {};
  }
}

/** The engine hands structured config over as JSON, secrets in it decrypted, and anything else as it stands. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
