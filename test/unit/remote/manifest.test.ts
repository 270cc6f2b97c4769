import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { putFile, renderSecrets } from "../../../components/remote/script.ts";
import { isRoot, Machine, owner } from "./machine.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const manifest = "var/lib/hardway/tried.manifest";

describe.runIf(isRoot)("finish", () => {
  test("writes down each file with mode, owner and digest, secrets too, and each link", async () => {
    const machine = new Machine();
    const [config, key, link] = [machine.path("config"), machine.path("key"), machine.path("link")];
    const input = renderSecrets([{ path: key, mode: "600", owner, content: "secret\n" }]);
    await machine.run(
      `put_secrets\n${putFile(config, "a: 1\n", "640", owner)}link ${config} ${link}\nfinish\n`,
      { input },
    );
    expect(machine.read(manifest).split("\n")).toEqual([
      `file 600 ${owner} ${sha256("secret\n")} ${key}`,
      `file 640 ${owner} ${sha256("a: 1\n")} ${config}`,
      `link ${config} ${link}`,
      "",
    ]);
    expect(machine.mode(manifest)).toBe("600");
  });

  test("keeps no process that holds the step's lock", async () => {
    const machine = new Machine();
    const slow = 'sha256sum() { command sha256sum "$@"; exec 2>&-; sleep 1; }\n';
    const step = `${putFile(machine.path("config"), "a: 1\n", "644", owner)}finish\n`;
    await machine.run(`${slow}${step}`);
    expect((await machine.run(step)).said).toEqual([]);
  });

  test("lists what was right already, and says nothing when nothing has changed", async () => {
    const machine = new Machine();
    const step = `${putFile(machine.path("config"), "a: 1\n", "644", owner)}finish\n`;
    await machine.run(step);
    const first = machine.read(manifest);
    expect(await machine.run(step)).toEqual({ exitCode: 0, said: [], error: "" });
    expect(machine.read(manifest)).toBe(first);
  });

  test("leaves out a file that the step itself has removed", async () => {
    const machine = new Machine();
    const [gone, kept] = [machine.path("gone"), machine.path("kept")];
    await machine.run(
      `${putFile(gone, "a\n", "644", owner)}${putFile(kept, "b\n", "644", owner)}rm ${gone}\nfinish\n`,
    );
    expect(machine.read(manifest)).toBe(`file 644 ${owner} ${sha256("b\n")} ${kept}\n`);
  });

  test("writes nothing for a step that owns nothing, and forget removes the manifest", async () => {
    const machine = new Machine();
    await machine.run("finish");
    expect(machine.has(manifest)).toBe(false);
    await machine.run(`${putFile(machine.path("config"), "a\n", "644", owner)}finish\n`);
    expect(machine.has(manifest)).toBe(true);
    await machine.run("forget");
    expect(machine.has(manifest)).toBe(false);
  });
});
