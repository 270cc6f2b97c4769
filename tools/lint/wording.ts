import { proseOf } from "./prose.ts";
import { wordList } from "./wordList.ts";

/** The longest line of a comment; Biome, which holds code to it, leaves comments alone. */
const width = 100;

/** A place in a file where the wording or the layout breaks a rule. */
export interface Fault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Checks the prose of a file: its words, and the width of its comments. */
export function faultsIn(file: string, text: string): Fault[] {
  const { all, comments } = proseOf(file, text);
  const words = patterns.flatMap(({ pattern, say, literal }) =>
    [...all.matchAll(pattern)]
      .filter(({ index, 0: { length } }) => !isLiteral(all, index, length, literal))
      .map(({ index, 0: found }) => ({
        ...placeOf(text, index),
        message: `"${found.replace(/\s+/g, " ")}": say ${say}`,
      })),
  );
  const lines = text.split("\n");
  const wide = comments
    .split("\n")
    .flatMap((comment, index) =>
      comment.trim() !== "" && (lines[index] ?? "").length > width && !comment.includes("://")
        ? [{ line: index + 1, column: width + 1, message: `comment of over ${width} columns` }]
        : [],
    );
  return [...words, ...wide].sort((one, other) => one.line - other.line);
}

/** Words as a text has them: a line break, and the mark of a comment behind it, is a space too. */
const patterns = wordList.map(({ instead, ...rest }) => ({
  ...rest,
  pattern: new RegExp(
    `(?<![\\w-])(${instead.replaceAll(" ", "(?:\\s|\\*|//|#)+")})(?![\\w-])`,
    "gi",
  ),
}));

/** True where the words belong to a literal use that the list allows. */
function isLiteral(text: string, index: number, length: number, literal?: RegExp): boolean {
  const around = text.slice(Math.max(0, index - 20), index + length + 20);
  return literal?.test(around) ?? false;
}

function placeOf(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
