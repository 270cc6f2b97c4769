/**
 * Writes what editors and people read of the config: docs/stack.schema.json, which Pulumi.dev.yaml names in its first
 * line, and docs/config.md. Run it after a change of `schema.ts`: `node config/generate/writeSchema.ts`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configPage } from "./configPage.ts";
import { stackSchema } from "./stackSchema.ts";

const docs = join(import.meta.dirname, "../../docs");
writeFileSync(join(docs, "stack.schema.json"), `${JSON.stringify(stackSchema(), undefined, 2)}\n`);
writeFileSync(join(docs, "config.md"), configPage());
