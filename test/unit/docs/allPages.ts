import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../../..");

const pagesIn = (directory: string): string[] =>
  readdirSync(join(root, directory))
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(directory, file));

/** Directories whose pages are for readers of the repository; "." is the checkout itself. */
const directories = [".", "docs", "docs/labs", "toolchain", "bench", "examples/workload"];

/** Every page, by its path in the repository. */
export const pages = directories
  .flatMap(pagesIn)
  .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
