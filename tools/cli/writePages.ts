/** Writes tools/cli/help.txt and docs/cli.md. Run it after a change of program.ts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../base/paths.ts";
import { cliPage } from "./cliPage.ts";
import { helpFile } from "./helpTexts.ts";

writeFileSync(join(import.meta.dirname, "help.txt"), helpFile());
writeFileSync(join(projectDir, "docs", "cli.md"), cliPage());
