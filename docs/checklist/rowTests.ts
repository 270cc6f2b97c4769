import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";

/** When CI runs a test: in each run, if its time permits or the machine can, or never. */
export type CiRun = "always" | "sometimes" | "never";

export interface RowTest {
  readonly file: string;
  readonly title: string;
  readonly rows: readonly string[];
  readonly ci: CiRun;
}

/** The tests that name rows of the checklist by `meta: { rows: [...] }`. */
export function rowTests(root: string): RowTest[] {
  const ci = readFileSync(join(root, ".ci/run"), "utf8");
  return globSync("test/{unit,program,toolchain,e2e}/**/*.test.ts", { cwd: root })
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      if (!text.includes("rows: [")) return [];
      const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
      return testsIn(source).map((test) => ({ ...test, file, ci: ciRun(test, file, ci) }));
    });
}

interface FoundTest {
  readonly title: string;
  readonly rows: readonly string[];
  /** Left out unless `HARDWAY_LABS` names it. */
  readonly isOptional: boolean;
  /** `skipIf` and `runIf` decide. */
  readonly isConditional: boolean;
}

function ciRun({ isOptional, isConditional }: FoundTest, file: string, ci: string): CiRun {
  if (!isOptional) return isConditional ? "sometimes" : "always";
  // `part MINUTES FILE LAB` sets HARDWAY_LABS.
  const part = new RegExp(`^part \\d+ ${basename(file, ".test.ts")} \\S+$`, "m");
  return part.test(ci) ? "sometimes" : "never";
}

function testsIn(source: ts.SourceFile): FoundTest[] {
  const found: FoundTest[] = [];
  const visit = (node: ts.Node, around: readonly ts.CallExpression[]): void => {
    const calls = ts.isCallExpression(node) ? [...around, node] : around;
    const rows = ts.isCallExpression(node) ? rowsOf(node) : [];
    if (ts.isCallExpression(node) && rows.length > 0) {
      const [title] = node.arguments;
      found.push({
        title: title === undefined ? "" : titleOf(title),
        rows,
        isOptional: calls.some(skipsItself),
        isConditional: calls.some(({ expression }) =>
          /\.(skipIf|runIf)\b/.test(expression.getText()),
        ),
      });
    }
    ts.forEachChild(node, (child) => visit(child, calls));
  };
  visit(source, []);
  return found;
}

/** A title as written; a template without the values in it. */
function titleOf(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.head.text : node.getText();
}

function rowsOf(call: ts.CallExpression): string[] {
  const options = call.arguments.find(ts.isObjectLiteralExpression);
  const meta = options && propertyOf(options, "meta");
  const rows = meta && ts.isObjectLiteralExpression(meta) ? propertyOf(meta, "rows") : undefined;
  if (rows === undefined || !ts.isArrayLiteralExpression(rows)) return [];
  return rows.elements.filter(ts.isStringLiteral).map(({ text }) => text);
}

function propertyOf(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const property = object.properties.find((one) => one.name?.getText() === name);
  return property !== undefined && ts.isPropertyAssignment(property)
    ? property.initializer
    : undefined;
}

/** Whether it is a `describe` whose first statement may replace its tests by `test.skip`. */
function skipsItself(call: ts.CallExpression): boolean {
  return call.arguments.some(
    (argument) =>
      ts.isArrowFunction(argument) &&
      ts.isBlock(argument.body) &&
      argument.body.statements.some(
        (statement) => ts.isIfStatement(statement) && statement.getText().includes("test.skip("),
      ),
  );
}
