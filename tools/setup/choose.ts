import { messageOf, UserError } from "../../base/errors.ts";
import type { Part } from "../../toolchain/part.ts";
import type { Availability } from "./reach.ts";

/** One source of a part. */
export interface Candidate {
  readonly part: Part;
  /**
   * Called only if the part is missing.
   *
   * @param earlier the decisions about the parts before this one, by name
   */
  available(earlier: ReadonlyMap<string, Decision>): Promise<Availability>;
}

/** A part with its sources, the first preferred. */
export interface Choice {
  readonly name: string;
  readonly candidates: readonly [Candidate, ...Candidate[]];
  /** How to use the lab without this part, if that is possible. */
  readonly without?: string;
}

/** Whether a part is present, which source is chosen, and why. */
export interface Decision {
  readonly name: string;
  readonly part: Part;
  readonly present: boolean;
  readonly why: string;
  /** Sources to try if the chosen one fails. */
  readonly fallbacks: readonly Candidate[];
}

/** Keeps a present part of any source; otherwise chooses the first available source. */
async function decideOne(
  { name, candidates, without }: Choice,
  earlier: ReadonlyMap<string, Decision>,
): Promise<Decision> {
  for (const { part } of candidates) {
    if (await part.present()) {
      return { name, part, present: true, why: "present", fallbacks: [] };
    }
  }
  const reasons: string[] = [];
  for (const [index, candidate] of candidates.entries()) {
    const verdict = await candidate.available(earlier);
    if (verdict.available) {
      const why = [...reasons, verdict.why].filter((reason) => reason !== "").join("; ");
      const fallbacks = candidates.slice(index + 1);
      return { name, part: candidate.part, present: false, why, fallbacks };
    }
    reasons.push(verdict.why);
  }
  const explained = without === undefined ? reasons : [...reasons, without];
  throw new UserError(`${name}: no source is available: ${explained.join("; ")}`);
}

/** Decides all choices, in order. @throws UserError that lists every part without a source */
export async function decide(choices: readonly Choice[]): Promise<Decision[]> {
  const decisions = new Map<string, Decision>();
  const problems: string[] = [];
  for (const choice of choices) {
    try {
      decisions.set(choice.name, await decideOne(choice, decisions));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(messageOf(error));
    }
  }
  if (problems.length > 0) throw new UserError(problems.join("\n"));
  return [...decisions.values()];
}
