import { secretIn } from "./secrets.ts";

/** Formats a value for a message: shortened, and without secrets. */
export function quote(value: unknown): string {
  if (value === undefined || value === null) {
    return "nothing";
  }
  const text = textOf(value);
  const secret = secretIn(typeof value === "string" ? value : text);
  if (secret !== undefined) {
    return `${secret} (not shown)`;
  }
  if (text.length <= 60) {
    return text;
  }
  if (typeof value === "string") {
    return `${JSON.stringify(value.slice(0, 56))}…`;
  }
  return Array.isArray(value) ? "a list" : "a mapping";
}

/** As JSON; what JSON lacks (NaN, symbols of YAML tags) as JavaScript shows it. */
function textOf(value: unknown): string {
  const isPlain = typeof value === "number" || typeof value === "symbol";
  return isPlain || typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

/** A name or a path in a sentence: unchanged if it is short and printable, else quoted. */
export function shown(text: string): string {
  const isPrintable = text.length <= 200 && /^\S(?:[^\p{C}]*\S)?$/u.test(text);
  return isPrintable && secretIn(text) === undefined ? text : quote(text);
}

/** The text, or its first and last characters if it is longer. */
export function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const half = Math.floor(longest / 2);
  const left = text.length - 2 * half;
  return `${text.slice(0, half)} … (${left} characters left out) … ${text.slice(-half)}`;
}

/** `; did you mean x?`, or "" if no candidate is near. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** The candidate with the fewest edits from the word, at most two. Case is ignored. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // No word of the config is longer, and the time grows with the square of the length.
  if (word.length > 64) {
    return undefined;
  }
  return (
    candidates
      // A larger difference in length needs more than two edits.
      .filter(({ length }) => Math.abs(length - word.length) <= 2)
      .map((candidate) => ({
        candidate,
        distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
      }))
      // More edits than half of a short word make another word.
      .filter(({ candidate, distance }) => distance <= Math.min(2, candidate.length / 2))
      .sort((a, b) => a.distance - b.distance)[0]?.candidate
  );
}

/** The Levenshtein distance of two words. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(
        Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
