import { describe, expect, test } from "vitest";
import { faultsIn } from "../../../tools/lint/wording.ts";

const messages = (file: string, text: string): string[] =>
  faultsIn(file, text).map(({ line, column, message }) => `${line}:${column} ${message}`);

const anew = '"anew": say again, recreate';

describe("where words are checked", () => {
  test("a page: text, headings, tables and links, but not code or URLs", () => {
    const page = `# anew

Text **anew** and \`anew\`, [anew](https://example.org/anew).

| anew |
|---|
| \`anew\` |

\`\`\`sh
anew
\`\`\`
`;
    expect(messages("x.md", page)).toEqual([
      `1:3 ${anew}`,
      `3:8 ${anew}`,
      `3:28 ${anew}`,
      `5:3 ${anew}`,
    ]);
  });

  test("TypeScript: comments and messages, but not code, regular expressions or single words", () => {
    const source = `// anew
const anew = "anew"; /* anew */
throw new Error(\`made anew \${/[/*]anew x/.test("// x")} and anew\`);
`;
    expect(messages("x.ts", source)).toEqual([
      `1:4 ${anew}`,
      `2:25 ${anew}`,
      `3:23 ${anew}`,
      `3:61 ${anew}`,
    ]);
  });

  test("a shell script: every line", () => {
    const script = 'echo ok\n# anew\necho "anew"\n';
    expect(messages("x.sh", script)).toEqual([`2:3 ${anew}`, `3:7 ${anew}`]);
  });
});

describe("words", () => {
  test("a phrase is found across the lines of a comment", () => {
    expect(messages("x.ts", "/**\n * take\n * away\n */\n")).toEqual([
      '2:4 "take * away": say remove, delete',
    ]);
  });

  test("only whole words count", () => {
    expect(messages("x.md", "renewal, pre-anew, mendicant\n")).toEqual([]);
  });

  test("a literal use is allowed", () => {
    expect(messages("x.md", "as nobody\n")).toEqual([]);
    expect(messages("x.md", "for nobody\n")).toHaveLength(1);
  });
});

describe("comments", () => {
  const wide = "x".repeat(98);

  test.for(["x.ts", "x.sh"])("%s: a line of more than 100 columns is a fault", (file) => {
    const mark = file === "x.ts" ? "//" : "#";
    expect(messages(file, `${mark} ${wide}\n`)).toEqual(
      file === "x.ts" ? ["1:101 comment of over 100 columns"] : [],
    );
    expect(messages(file, `${mark} ${wide}x\n`)).toEqual(["1:101 comment of over 100 columns"]);
  });

  test("a URL may be as long as it is", () => {
    expect(messages("x.ts", `// https://example.org/${wide}\n`)).toEqual([]);
  });

  test("code is Biome's to check", () => {
    expect(messages("x.ts", `const a = "${wide}";\n`)).toEqual([]);
  });
});
