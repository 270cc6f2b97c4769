import { messageOf, UserError } from "../../base/errors.ts";
import type { Part } from "../../toolchain/part.ts";
import type { Availability } from "./reach.ts";

/** One way to get a part. */
export interface Candidate {
  readonly part: Part;
  /**
   * Asked only where the part is not there yet.
   *
   * @param earlier what was chosen for the parts before this one, by name
   */
  available(earlier: ReadonlyMap<string, Decision>): Promise<Availability>;
}

/** A part with its sources, the first preferred. */
export interface Choice {
  readonly name: string;
  readonly candidates: readonly [Candidate, ...Candidate[]];
  /** How the lab does without it, where it can. */
  readonly without?: string;
}

/** What is done about a part: which source, whether it is there, why. */
export interface Decision {
  readonly name: string;
  readonly part: Part;
  readonly present: boolean;
  readonly why: string;
  /** Sources to turn to when this one fails. */
  readonly fallbacks: readonly Candidate[];
}

/** A part that is there stays, whichever its source; else the first source that can be had is taken. */
async function decideOne(
  { name, candidates, without }: Choice,
  earlier: ReadonlyMap<string, Decision>,
): Promise<Decision> {
  for (const { part } of candidates) {
    if (await part.present()) {
      return { name, part, present: true, why: "it is there", fallbacks: [] };
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
  const told = without === undefined ? reasons : [...reasons, without];
  throw new UserError(`${name}: no source has it: ${told.join("; ")}`);
}

/** A decision for each choice, in their order. @throws UserError that names every part without a source. */
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
