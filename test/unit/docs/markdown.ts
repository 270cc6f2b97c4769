/** A parser for the part of Markdown that hardway's pages use. */

export interface TableRow {
  /** Texts of the header's cells. */
  readonly header: readonly string[];
  readonly cells: readonly string[];
}

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** The text outside fenced blocks. */
export function prose(page: string): string {
  return page.replace(fence, "");
}

/** The texts of fenced blocks in this language; `""` is a block without one. */
export function fencedBlocks(page: string, language: string): string[] {
  return [...page.matchAll(fence)]
    .filter(([, name]) => name === language)
    .map(([, , text = ""]) => text);
}

export function fencedLines(page: string, language: string): string[] {
  return fencedBlocks(page, language).flatMap((text) => text.split("\n"));
}

/** Texts between backticks, with line breaks as spaces. */
export function codeSpans(text: string): string[] {
  return [...prose(text).matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span.replace(/\s+/g, " "));
}

export function tableRows(page: string): TableRow[] {
  const rows: TableRow[] = [];
  let header: string[] | undefined;
  for (const line of prose(page).split("\n")) {
    if (!line.startsWith("|")) {
      header = undefined;
    } else if (header === undefined) {
      header = cellsOf(line);
    } else if (!/^\|(\s*:?-+:?\s*\|)+$/.test(line)) {
      rows.push({ header, cells: cellsOf(line) });
    }
  }
  return rows;
}

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());

/** Targets of links and pictures inside the repository. */
export function localLinks(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page's headings, in GitHub's form. */
export function anchors(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}

/** The words of a shell command up to the first operator or comment, without quotes. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  const token = /\s*(?:(#.*|[|;&<>].*)|((?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"|;&<>])+))/y;
  for (let match = token.exec(line); match !== null; match = token.exec(line)) {
    const [, end, word = ""] = match;
    if (end !== undefined) break;
    words.push(word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"));
  }
  return words;
}
