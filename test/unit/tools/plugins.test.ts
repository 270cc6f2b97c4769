import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { pluginReleasePart, pluginVersions } from "../../../tools/setup/plugins.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

test("a plugin whose download was interrupted is not there, as the engine sees it", async () => {
  const cache = temporaryDirectory();
  const directory = join(cache, "pulumi-home", "plugins", `resource-tls-${pluginVersions.tls}`);
  const program = join(directory, "pulumi-resource-tls");
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, "\x7fELF, and not all that follows");
  writeFileSync(`${directory}.partial`, "");
  const part = pluginReleasePart(cache, "tls", testSession().session);
  expect(await part.present()).toBe(false);
  rmSync(`${directory}.partial`);
  expect(await part.present()).toBe(true);
});
