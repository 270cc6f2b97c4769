import * as pulumi from "@pulumi/pulumi";
import { gatherSurroundings } from "./config/gather.ts";
import type { Lab } from "./config/lab.ts";
import { labFrom } from "./config/labFrom.ts";
import { ConfigError } from "./config/problem.ts";

/**
 * The lab that the stack's config describes on this machine. Here alone the program reads its config, and through
 * `gatherSurroundings` environment and files; everything behind it follows from the Lab.
 *
 * @throws pulumi.RunError, which prints without a stack, with every mistake at once
 */
export function readLab(): Lab {
  const { "hardway:cluster": text, ...rest } = pulumi.runtime.allConfig();
  const otherKeys = Object.keys(rest).filter((key) => key.startsWith("hardway:"));
  try {
    return labFrom(parsed(text), gatherSurroundings(pulumi.getStack(), otherKeys, process.env));
  } catch (error) {
    throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
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
