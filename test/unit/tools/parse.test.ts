import { describe, expect, test, vi } from "vitest";
import { parseArguments } from "../../../tools/cli/parse.ts";
import { createProgram, helpText } from "../../../tools/cli/program.ts";

const parse = (...argv: string[]) => {
  const parsed = parseArguments(argv);
  if (parsed === undefined) throw new Error("a text was printed");
  return parsed;
};

const commands = createProgram().subcommands;
const names = commands.map((command) => command.name());

describe("the command line", () => {
  test("common options are before or after the command", () => {
    const expected = { stack: "b", yes: true, verbose: false, quiet: true };
    expect(parse("--stack", "b", "-y", "-q", "up")).toMatchObject(expected);
    expect(parse("up", "--yes", "--stack=b", "--quiet")).toMatchObject(expected);
    expect(parse("up", "-s", "b", "-yq")).toMatchObject(expected);
    expect(parse("up")).toMatchObject({ stack: "dev", yes: false, quiet: false });
    expect(parse("-s", "a", "up", "-s", "b")).toMatchObject({ stack: "b" });
  });

  test("a command has options and arguments; those after -- are pulumi's", () => {
    const { command, invocation } = parse("up", "--diff", "--", "--target", "x", "--stack", "y");
    expect(command.name()).toBe("up");
    expect(invocation).toEqual({
      options: { diff: true },
      positionals: [],
      rest: ["--target", "x", "--stack", "y"],
    });
    expect(parse("test", "e2e", "--", "-t", "x").invocation).toMatchObject({
      positionals: ["e2e"],
      rest: ["-t", "x"],
    });
    expect(parse("test", "--", "-t", "x").invocation).toMatchObject({
      positionals: [],
      rest: ["-t", "x"],
    });
    expect(parse("output", "--show-secrets").invocation.options).toEqual({ showSecrets: true });
  });

  test("ssh and shell pass on a command with or without --", () => {
    const words = { positionals: ["worker-1"], rest: ["uname", "-a", "--yes"] };
    expect(parse("ssh", "worker-1", "--", "uname", "-a", "--yes").invocation).toMatchObject(words);
    expect(parse("ssh", "worker-1", "uname", "-a", "--yes").invocation).toMatchObject(words);
    expect(parse("ssh", "-s", "b", "worker-1")).toMatchObject({
      stack: "b",
      invocation: { positionals: ["worker-1"], rest: [] },
    });
    const list = { positionals: [], rest: ["virsh", "list", "--all"] };
    expect(parse("shell", "virsh", "list", "--all").invocation).toMatchObject(list);
    expect(parse("shell", "--", "virsh", "list", "--all").invocation).toMatchObject(list);
    expect(parse("shell", "-s", "b")).toMatchObject({ stack: "b", invocation: { rest: [] } });
  });

  test("kubectl gets all its arguments, and --help unless it is the only one", () => {
    const argv = ["--stack", "b", "kubectl", "get", "nodes", "-o", "wide", "--stack", "x", "--"];
    expect(parse(...argv)).toMatchObject({
      stack: "b",
      invocation: { rest: ["get", "nodes", "-o", "wide", "--stack", "x", "--"] },
    });
    const options = ["-n", "x", "-v=6", "-s", "URL", "exec", "pod", "--", "ls", "-l"];
    expect(parse("kubectl", ...options).invocation.rest).toEqual(options);
    expect(parse("kubectl", "get", "--help").invocation.rest).toEqual(["get", "--help"]);
    expect(parse("kubectl").invocation.rest).toEqual([]);
  });

  test.each<[string[], string]>([
    [["up", "--dif"], "./lab up: unknown option '--dif'; did you mean --diff?"],
    [["up", "--zzzzzzzz"], "./lab up: unknown option '--zzzzzzzz'; `./lab help up` shows"],
    [["up", "-x"], "./lab up: unknown option '-x'"],
    [["up", "worker"], "./lab up: unexpected argument 'worker'; options of pulumi are behind --"],
    [["mirror", "serve", "--port"], "./lab mirror: option '--port <PORT>' argument missing; "],
    [["mirror", "--port", "--yes"], "./lab mirror: --port --yes: expected a value"],
    [["mirror", "lst"], "./lab mirror: ACTION is 'lst'; expected list, sync, serve"],
    [["up", "--diff=no"], "./lab up: unknown option '--diff=no'; did you mean --diff?"],
    [["--yess", "up"], "./lab: unknown option '--yess'; did you mean --yes?"],
    [["up", "--stack", "../x"], "./lab up: --stack ../x: expected letters, digits"],
    [["up", "--stack="], "./lab up: --stack : expected letters, digits"],
    [["ssh"], "./lab ssh: missing required argument 'NODE'; `./lab help ssh` shows"],
    [["ssh", "--bg", "a"], "./lab ssh: unknown option '--bg'"],
    [["ssh", "--yes", "a"], "./lab ssh: unknown option '--yes'"],
    [["status", "--", "x"], "./lab status: unexpected argument 'x'; `./lab help status` shows"],
    [["upp"], "./lab: unknown command 'upp'; did you mean up?"],
    [["zzzz"], "./lab: unknown command 'zzzz'; `./lab --help` shows"],
    [["constructor"], "./lab: unknown command 'constructor'"],
    [["list"], "./lab has no command list; each Pulumi.NAME.yaml is a lab; `./lab --stack NAME"],
    [["delete"], "./lab has no command delete; `./lab destroy` removes the lab"],
    [["--hepl"], "./lab: unknown option '--hepl'; did you mean --help?"],
  ])("%# %j is one line that helps", (argv, message) => {
    expect(() => parseArguments(argv)).toThrow(message);
    expect(() => parseArguments(argv)).toThrow(/^[^\n]*$/);
  });

  test.each([[["--help"]], [["up", "-h"]], [["-s", "b", "kubectl", "--help"]], [["--version"]]])(
    "%j prints a text",
    (argv) => {
      const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
      expect(parseArguments(argv)).toBeUndefined();
      expect(write).toHaveBeenCalledOnce();
      write.mockRestore();
    },
  );
});

describe("help", () => {
  test("of a command that does not exist is an error with a suggestion", () => {
    const { behaviour } = parse("help", "upp").command;
    const text = () => behaviour?.kind === "print" && behaviour.text(["upp"]);
    expect(text).toThrow("./lab: unknown command 'upp'; did you mean up?");
  });

  test("the general one names every command", () => {
    for (const name of names) {
      expect(helpText(createProgram())).toContain(`\n  ${name} `);
    }
  });

  test.each(names)("%s has one, in lines that fit a terminal", (name) => {
    const text = helpText(createProgram(), name);
    expect(text).toMatch(new RegExp(`^Usage: ./lab ${name}\\b`));
    expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });

  test.each(commands)("$_name can be run", async ({ behaviour }) => {
    if (behaviour?.kind === "run") {
      expect(await behaviour.load()).toHaveProperty("runCommand");
    } else {
      expect(behaviour).toHaveProperty("text");
    }
  });
});
