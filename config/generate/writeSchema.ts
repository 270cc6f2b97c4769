/**
 * Writes docs/stack.schema.json, which Pulumi.dev.yaml names in its first line, and docs/config.md.
 * Run `node config/generate/writeSchema.ts` after a change of the schema.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configPage } from "./configPage.ts";
import { stackSchema } from "./stackSchema.ts";

const docs = join(import.meta.dirname, "../../docs");
writeFileSync(join(docs, "stack.schema.json"), `${JSON.stringify(stackSchema(), undefined, 2)}\n`);
writeFileSync(join(docs, "config.md"), configPage());
