import { type Document, isNode, LineCounter, type Node, parseDocument, visit } from "yaml";
import { messageOf, UserError } from "../../base/errors.ts";
import { secretIn } from "../../base/secrets.ts";
import { quote } from "../../base/wording.ts";

/**
 * A stack's file as JSON has it.
 *
 * @throws UserError with line and column if the file is not YAML, or has what JSON lacks
 */
export function parseStack(name: string, text: string): unknown {
  const lineCounter = new LineCounter();
  let document: Document;
  try {
    // A pretty error repeats the line, which may be one of a private key.
    const prettyErrors = secretIn(text) === undefined;
    document = parseDocument(text, { lineCounter, prettyErrors, logLevel: "error" });
  } catch (error) {
    throw notYaml(name, yamlFault(error));
  }
  const placeOf = (offset: number | undefined) => {
    const { line, col } = lineCounter.linePos(offset ?? 0);
    return `${name} (line ${line}, column ${col})`;
  };
  const [first] = document.errors;
  if (first !== undefined) {
    const isPretty = first.linePos !== undefined;
    throw notYaml(isPretty ? name : placeOf(first.pos[0]), yamlFault(first));
  }
  const tagged = firstTagged(document);
  if (tagged !== undefined) {
    throw new UserError({
      place: placeOf(tagged.range?.[0]),
      found: `the YAML tag ${quote(tagged.tag)}`,
      expected: "values without tags",
      remedy: "remove the tag",
    });
  }
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw notYaml(placeOf(aliasOf(document, messageOf(error))?.range?.[0]), yamlFault(error));
  }
}

const notYaml = (place: string, why: string): UserError =>
  new UserError(`${place}: is not YAML: ${why}`);

function yamlFault(error: unknown): string {
  const message = messageOf(error);
  if (/resource exhaustion/.test(message)) {
    return "its aliases repeat too much; write the values instead of the aliases";
  }
  return /call stack/.test(message) ? "it is nested too deeply; write fewer levels" : message;
}

/** Tags of the values that JSON has too. */
const plainTags = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

function firstTagged(document: Document): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Node: (_, node) => {
      if ("tag" in node && node.tag !== undefined && !plainTags.test(node.tag)) {
        found = node;
        return visit.BREAK;
      }
      return undefined;
    },
  });
  return found;
}

/** The first use of the alias that an error of `toJS` names. */
function aliasOf(document: Document, message: string): Node | undefined {
  const [, alias] = /: (\S+)$/.exec(message) ?? [];
  let found: Node | undefined;
  visit(document, {
    Alias: (_, node) => {
      if (node.source !== alias) return undefined;
      found = isNode(node) ? node : undefined;
      return visit.BREAK;
    },
  });
  return found;
}
