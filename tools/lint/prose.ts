import { parse } from "@textlint/markdown-to-ast";
import ts from "typescript";

/** The offsets of a stretch of text: from the first character to the one behind the last. */
type Stretch = readonly [from: number, to: number];

/** The prose of a file. The rest of it is spaces, so that lines and columns stay the file's. */
export interface Prose {
  readonly comments: string;
  /** Comments, the text of a page, and strings with a space in them: messages, titles of tests. */
  readonly all: string;
}

/** Finds the prose in a Markdown page, a TypeScript file or a shell script. */
export function proseOf(file: string, text: string): Prose {
  if (file.endsWith(".md")) return { comments: "", all: keep(text, pageText(text)) };
  if (file.endsWith(".ts")) return typeScriptProse(text);
  // Shell is close enough to prose to be read whole.
  return { comments: text.replace(/^(?!\s*#).*$/gm, ""), all: text };
}

/** Text outside code, code blocks, URLs and HTML. */
function pageText(text: string): Stretch[] {
  const stretches: Stretch[] = [];
  const visit = (node: PageNode): void => {
    if (node.type === "Str") stretches.push(node.range);
    for (const child of node.children ?? []) visit(child);
  };
  visit(parse(text));
  return stretches;
}

interface PageNode {
  readonly type: string;
  readonly range: Stretch;
  readonly children?: readonly PageNode[];
}

function typeScriptProse(text: string): Prose {
  const source = ts.createSourceFile("", text, ts.ScriptTarget.Latest);
  const literals: Stretch[] = [];
  const visit = (node: ts.Node): void => {
    if (isLiteral(node)) literals.push([node.getStart(source), node.getEnd()]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  // Outside literals, `//` and `/*` always begin a comment.
  const comments = [...blank(text, literals).matchAll(/\/\/.*|\/\*[\s\S]*?\*\//g)].map(
    ({ index, 0: comment }): Stretch => [index, index + comment.length],
  );
  const messages = literals.filter(
    ([from, to]) => !text.startsWith("/", from) && /\S\s+\S/.test(text.slice(from, to)),
  );
  return { comments: keep(text, comments), all: keep(text, [...comments, ...messages]) };
}

const isLiteral = (node: ts.Node): boolean =>
  ts.isStringLiteral(node) ||
  ts.isNoSubstitutionTemplateLiteral(node) ||
  ts.isTemplateHead(node) ||
  ts.isTemplateMiddleOrTemplateTail(node) ||
  ts.isRegularExpressionLiteral(node);

/** The text with spaces for all but these stretches. */
function keep(text: string, stretches: readonly Stretch[]): string {
  let kept = "";
  for (const [from, to] of [...stretches].sort(([one], [other]) => one - other)) {
    kept += spaces(text.slice(kept.length, from)) + text.slice(from, to);
  }
  return kept + spaces(text.slice(kept.length));
}

/** The text with spaces for these stretches, which are in order. */
function blank(text: string, stretches: readonly Stretch[]): string {
  let end = 0;
  let rest = "";
  for (const [from, to] of stretches) {
    rest += text.slice(end, from) + spaces(text.slice(from, to));
    end = to;
  }
  return rest + text.slice(end);
}

const spaces = (text: string): string => text.replace(/[^\n]/g, " ");
