import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../../..");

const pagesIn = (directory: string): string[] =>
  readdirSync(join(root, directory))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `${directory}/${file}`);

/** Every page for a person who uses the project, by its path in the repository. */
export const pages = ["README.md", "CHANGELOG.md", ...pagesIn("docs"), ...pagesIn("docs/labs")].map(
  (file) => ({ file, text: readFileSync(join(root, file), "utf8") }),
);
