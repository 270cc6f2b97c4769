/** A value as a message names it: short, and never a private key or a password. */
export function quote(value: unknown): string {
  if (value === undefined || value === null) {
    return "nothing";
  }
  const text = JSON.stringify(value);
  if (text.includes("PRIVATE KEY")) {
    return "a private key (not shown)";
  }
  // Before an SSH host a name is no secret; before a web server it may be a token.
  if (/(https?:\/\/|:\/\/[^\s/"@]*:)[^\s/"]*@/.test(text)) {
    return "a URL with credentials (not shown)";
  }
  if (text.length <= 60) {
    return text;
  }
  if (typeof value === "string") {
    return `${JSON.stringify(value.slice(0, 56))}…`;
  }
  return Array.isArray(value) ? "a list" : "a mapping";
}

/** `; did you mean x?` when one of the candidates is `nearest`, else nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** The candidate with the fewest edits from the word, at most two; letters' case does not count. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // No word of this config is longer; and what is, costs its length squared.
  if (word.length > 64) {
    return undefined;
  }
  return (
    candidates
      // What differs more in length differs in more than two letters.
      .filter(({ length }) => Math.abs(length - word.length) <= 2)
      .map((candidate) => ({
        candidate,
        distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
      }))
      // Half of a short word changed is another word.
      .filter(({ candidate, distance }) => distance <= Math.min(2, candidate.length / 2))
      .sort((a, b) => a.distance - b.distance)[0]?.candidate
  );
}

/** Levenshtein's: how many letters must be put in, taken out or changed to get from a to b. */
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
