import { lstatSync, readlinkSync, symlinkSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { putFile, renderSecrets } from "../../../components/remote/script.ts";
import { isRoot, libraryFile, Machine, owner } from "./machine.ts";

describe("a step", () => {
  test("finds what steps linked into /usr/local/bin, and root's programs, whatever sudo's path", async () => {
    const { said } = await new Machine().run('say "$PATH"', { env: { PATH: "/sbin:/bin" } });
    expect(said[0]?.split(":")).toEqual(["/sbin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin"]);
  });

  test("ignores the machine owner's proxy", async () => {
    const proxy = "http://192.0.2.1:3128";
    const env = { http_proxy: proxy, HTTPS_PROXY: proxy, all_proxy: proxy };
    const { said } = await new Machine().run("env | grep --ignore-case proxy || say none", { env });
    expect(said).toEqual(["none"]);
  });
});

describe("put", () => {
  test("writes a file as it is in the script, and prints that; a second time it prints nothing", async () => {
    const machine = new Machine();
    const path = machine.path("etc/kubernetes/scheduler.yaml");
    const text = 'a: "$HOME `id` \\\\ \\n"\n\n  b: 100%\n\n';
    const step = putFile(path, text, "600", owner);
    expect(await machine.run(step)).toEqual({ exitCode: 0, said: [`wrote ${path}`], error: "" });
    expect(machine.read("etc/kubernetes/scheduler.yaml")).toBe(text);
    expect(machine.mode("etc/kubernetes/scheduler.yaml")).toBe("600");
    expect(machine.mode("etc/kubernetes")).toBe("755");
    expect(await machine.run(step)).toEqual({ exitCode: 0, said: [], error: "" });
  });

  test.for([
    ["another mode", "text\n", 0o644],
    ["another text", "texT\n", 0o600],
    ["a cut text", "te", 0o600],
    ["a NUL behind the text, as after a power cut", "text\n\0\0", 0o600],
  ] as const)("repairs %s", async ([, text, mode]) => {
    const machine = new Machine();
    machine.write("key", text, mode);
    const { said } = await machine.run(putFile(machine.path("key"), "text\n", "600", owner));
    expect(said).toEqual([`wrote ${machine.path("key")}`]);
    expect([machine.read("key"), machine.mode("key")]).toEqual(["text\n", "600"]);
  });

  test.runIf(isRoot)("repairs another owner", async () => {
    const machine = new Machine();
    machine.write("key", "text\n", 0o600);
    await machine.run(putFile(machine.path("key"), "text\n", "600", "daemon:daemon"));
    const { said } = await machine.run(putFile(machine.path("key"), "text\n", "600", "root:root"));
    expect(said).toEqual([`wrote ${machine.path("key")}`]);
    expect(lstatSync(machine.path("key")).uid).toBe(0);
  });

  test("a link at the path is replaced, not followed", async () => {
    const machine = new Machine();
    machine.write("elsewhere", "precious\n");
    symlinkSync(machine.path("elsewhere"), machine.path("file"));
    symlinkSync(machine.path("elsewhere"), machine.path("file.tried.new"));
    await machine.run(putFile(machine.path("file"), "text\n", "644", owner));
    expect(lstatSync(machine.path("file")).isFile()).toBe(true);
    expect([machine.read("file"), machine.read("elsewhere")]).toEqual(["text\n", "precious\n"]);
  });

  test.for(["600", "644", "755", "400"])("mode %s is there before the content", async (mode) => {
    const machine = new Machine();
    const path = machine.path("key");
    // Reads the unfinished file before each command that the library runs.
    const { said } = await machine.run(`
      set -T
      trap '[[ ! -e ${path}.tried.new ]] || stat --format "%a %s" ${path}.tried.new' DEBUG
      umask 077
      ${putFile(path, "secret\n", mode, owner)}`);
    const seen = said.filter((line) => /^\d+ \d+$/.test(line)).map((line) => line.split(" "));
    expect(seen.some(([, size]) => size === "0")).toBe(true);
    expect(seen.filter(([, size]) => size !== "0").map(([seenMode]) => seenMode)).toContain(mode);
    expect(seen.filter(([seenMode, size]) => size !== "0" && seenMode !== mode)).toEqual([]);
    expect(machine.mode("key")).toBe(mode);
  });

  test("two steps may place one file at once", async () => {
    const machine = new Machine();
    const step = putFile(machine.path("ca.crt"), "text\n", "644", owner);
    // The other step runs completely just before this one renames its finished file.
    machine.write("other", `. ${libraryFile}\n${step}`);
    machine.write(
      "fakes/mv",
      `#!/bin/sh
PATH=$\{PATH#*:}
bash --norc -c "$(cat "$HARDWAY_PREFIX/other")" other
exec mv "$@"
`,
      0o755,
    );
    const wrote = `wrote ${machine.path("ca.crt")}`;
    expect(await machine.run(step)).toEqual({ exitCode: 0, said: [wrote, wrote], error: "" });
    expect([machine.read("ca.crt"), machine.mode("ca.crt")]).toEqual(["text\n", "644"]);
    expect(machine.has("ca.crt.tried.new")).toBe(false);
  });

  test("a path that can't be written ends the step and names it", async () => {
    const machine = new Machine();
    machine.write("occupied/file", "text\n");
    const { exitCode, error } = await machine.run(
      `${putFile(machine.path("occupied"), "text\n", "644", owner)}say never`,
    );
    expect(exitCode).toBe(1);
    expect(error).toBe("mv: cannot overwrite directory '/occupied' with non-directory");
  });
});

describe("put_secrets", () => {
  const file = (machine: Machine, name: string, content: string) => ({
    path: machine.path(name),
    mode: "600",
    owner,
    content,
  });

  test.for([
    ["a key", "-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----\n"],
    ["nothing", ""],
    ["no end of the last line", "a: 1\nb: 2"],
    ["blank lines around", "\n\n text \n\n"],
    ["backslashes", "\\ \\\\ \\n \\0101 \\x41 \\u0041 \\c \\"],
    ["percent signs", "%s %b %% 100%n"],
    ["quotes and what a shell would expand", `"'\`id\` $HOME \${x} $(id) * ? [a] ~ ; & | < > #`],
    ["tabs and returns", "\ta\r\n\tb\t"],
    ["other languages", "größer 日本 🙂"],
  ] as const)("delivers %s byte for byte", async ([, content]) => {
    const machine = new Machine();
    const input = renderSecrets([file(machine, "pki/a.key", content)]);
    expect(await machine.run("put_secrets", { input })).toEqual({
      exitCode: 0,
      said: [`wrote ${machine.path("pki/a.key")}`],
      error: "",
    });
    expect(machine.read("pki/a.key")).toBe(content);
    expect(machine.mode("pki/a.key")).toBe("600");
  });

  test("delivers any text", async () => {
    const machine = new Machine();
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({ unit: fc.constantFrom("\\", "n", "0", "%", '"', "'", "\n", " ", "\t", "c") }),
    );
    const texts = fc.array(
      text.map((any) => any.replaceAll("\0", "")),
      { minLength: 1, maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (contents) => {
        const files = contents.map((content, index) => file(machine, `s${index}`, content));
        const { exitCode, error } = await machine.run("put_secrets", {
          input: renderSecrets(files),
        });
        expect({ exitCode, error }).toEqual({ exitCode: 0, error: "" });
        expect(contents.map((_, index) => machine.read(`s${index}`))).toEqual(contents);
      }),
      { numRuns: 10 },
    );
  });

  test("a connection that ends early ends the step, and the file it cut is not placed", async () => {
    const machine = new Machine();
    const input = renderSecrets([file(machine, "a", "one\n"), file(machine, "b", "two\n")]);
    for (const end of [input.indexOf("two"), input.indexOf("end")]) {
      const { exitCode, error } = await machine.run("put_secrets; say never", {
        input: input.slice(0, end),
      });
      expect({ exitCode, error }).toEqual({
        exitCode: 1,
        error:
          "error: tried: standard input ended before all secret files had come; run this again",
      });
      expect([machine.has("a"), machine.has("b")]).toEqual([true, end === input.indexOf("end")]);
    }
  });

  test.for([
    ["it is placed", "keys/a"],
    ["it can't be placed", "occupied"],
  ])("says nothing of a content when %s", async ([, name = ""]) => {
    const machine = new Machine();
    machine.write("occupied/file", "text\n");
    const content = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIPlanted\n";
    const input = renderSecrets([file(machine, name, content)]);
    const { exitCode, said, error } = await machine.run("put_secrets", { input });
    expect(exitCode).toBe(name === "occupied" ? 1 : 0);
    expect([...said, error].join("\n")).not.toMatch(/PRIVATE|Planted/);
  });

  test("a NUL is refused before anything is sent", () => {
    expect(() => renderSecrets([{ path: "/k", mode: "600", owner, content: "a\0b" }])).toThrow(
      "/k: a shell can't carry the NUL in it",
    );
  });
});

describe("link", () => {
  test("makes, moves and leaves alone, and says what it did", async () => {
    const machine = new Machine();
    const link = `link /one ${machine.path("usr/local/bin/tool")}`;
    const linked = { exitCode: 0, said: [`linked ${machine.path("usr/local/bin/tool")}`] };
    expect(await machine.run(link)).toMatchObject(linked);
    expect(await machine.run(link)).toEqual({ exitCode: 0, said: [], error: "" });
    expect(await machine.run(link.replace("/one", "/two"))).toMatchObject(linked);
    expect(readlinkSync(machine.path("usr/local/bin/tool"))).toBe("/two");
    machine.write("usr/local/bin/plain", "a file\n");
    await machine.run(`link /one ${machine.path("usr/local/bin/plain")}`);
    expect(readlinkSync(machine.path("usr/local/bin/plain"))).toBe("/one");
  });

  test("to a program that the artefact doesn't hold is refused", async () => {
    const machine = new Machine();
    const { exitCode, error } = await machine.run(
      `link "$binaries/etcd/v1/etcd" ${machine.path("usr/local/bin/etcd")}`,
    );
    expect({ exitCode, error }).toEqual({
      exitCode: 1,
      error:
        "error: tried: /opt/hardway/bin/etcd/v1/etcd is no program of the artefact that was unpacked there",
    });
    expect(machine.has("usr/local/bin/etcd")).toBe(false);
  });
});

describe("one run at a time", () => {
  test("a second run waits for the first", async () => {
    const machine = new Machine();
    const first = machine.start(
      `say first; read -r _; put 644 ${owner} ${machine.path("f")} <<<first`,
      {
        input: "left open",
      },
    );
    await new Promise((resolve) => first.stdout.once("data", resolve));
    const second = machine.start(`cat ${machine.path("f")}`);
    await new Promise((resolve) => second.stdout.once("data", resolve));
    first.stdin.end("go\n");
    expect((await first).exitCode).toBe(0);
    expect((await second).stdout).toBe("waiting for an earlier run of this step to end\nfirst");
  });

  test("and ends with the reason when the first never ends", async () => {
    const machine = new Machine();
    const first = machine.start("say first; read -r _", { input: "left open" });
    await new Promise((resolve) => first.stdout.once("data", resolve));
    const { exitCode, error } = await machine.run("", { env: { HARDWAY_LOCK_SECONDS: "0" } });
    expect({ exitCode, error }).toEqual({
      exitCode: 1,
      error:
        "error: tried: an earlier run of this step has held /run/lock/hardway-tried for 0 s; 'fuser --kill /run/lock/hardway-tried' on this node ends it",
    });
    first.stdin.end();
    await first;
  });
});

describe("what a step prints", () => {
  test("is text that the official plugins take: ASCII, in lines of bounded length", async () => {
    const machine = new Machine();
    const { error } = await machine.run(
      `fail "$(printf 'caf\\xc3\\xa9 \\xff\\x1b[31m\\n'; printf 'x%.0s' {1..100000}; echo; echo last)"`,
    );
    const [first, second = "", last] = error.split("\n");
    expect(first).toBe("error: tried: caf?? ??[31m");
    expect(second).toBe(`${"x".repeat(2000)} ...`);
    expect(last).toBe("last");
  });

  test("never contains what arrived on standard input", async () => {
    const machine = new Machine();
    const secret = "swordfish";
    const lines = [`600 ${owner} ${machine.path("etc/key")} "${secret}"`, secret, `600 ${secret}`];
    for (const input of [`${lines[0]}\n`, `${lines[1]}\n`, `${lines[2]}`, `${lines[0]}\nend\n`]) {
      const { said, error } = await machine.run("put_secrets", { input });
      expect(`${said.join("\n")}\n${error}`).not.toContain(secret);
    }
  });
});
