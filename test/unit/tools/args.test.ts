import { describe, expect, test } from "vitest";
import { parseCommon, parseInvocation, splitAtCommand } from "../../../tools/cli/args.ts";
import type { Command } from "../../../tools/cli/commands/command.ts";
import { commands, findCommandEntry } from "../../../tools/cli/commands/table.ts";
import { commandHelp, generalHelp } from "../../../tools/cli/help.ts";

const base: Command = { usage: "x", help: "x", run: () => Promise.resolve(0) };
const up: Command = {
  ...base,
  options: { diff: { type: "boolean", help: "" }, dir: { type: "string", value: "DIR", help: "" } },
  takesRest: true,
};
const ssh: Command = { ...base, words: [1, 1], wordsAre: "one NODE", takesAllBehindWord: true };
const kubectl: Command = { ...base, takesAll: true };

function parse(command: Command, ...argv: string[]) {
  const { before, name = "", behind } = splitAtCommand(argv);
  return parseInvocation(name, command, { before, behind });
}

describe("what is typed", () => {
  test("common options stand before or behind the command", () => {
    const expected = { stack: "b", yes: true, verbose: false, help: false };
    expect(parse(up, "--stack", "b", "-y", "up")).toMatchObject(expected);
    expect(parse(up, "up", "--yes", "--stack=b")).toMatchObject(expected);
    expect(parse(up, "up", "-s", "b", "-y")).toMatchObject(expected);
    expect(parse(up, "up")).toMatchObject({ stack: "dev", yes: false });
  });

  test("a command's options, words and what is behind --", () => {
    expect(parse(up, "up", "--diff", "--", "--target", "x").invocation).toEqual({
      options: { diff: true },
      positionals: [],
      rest: ["--target", "x"],
    });
    const words = { options: {}, positionals: ["worker-1"], rest: ["uname", "-a"] };
    expect(parse(ssh, "ssh", "worker-1", "--", "uname", "-a").invocation).toEqual(words);
    expect(parse(ssh, "ssh", "worker-1", "uname", "-a").invocation).toEqual(words);
    expect(parse(ssh, "ssh", "-s", "b", "worker-1")).toMatchObject({
      stack: "b",
      invocation: { positionals: ["worker-1"], rest: [] },
    });
  });

  test("kubectl gets everything as it is, and its own --help but where that is all", () => {
    const argv = ["--stack", "b", "kubectl", "get", "nodes", "-o", "wide", "--stack", "x", "--"];
    expect(parse(kubectl, ...argv)).toMatchObject({
      stack: "b",
      help: false,
      invocation: { rest: ["get", "nodes", "-o", "wide", "--stack", "x", "--"] },
    });
    expect(parse(kubectl, "kubectl", "get", "--help").help).toBe(false);
    expect(parse(kubectl, "kubectl", "--help").help).toBe(true);
  });

  test.each<[Command, string[], string]>([
    [up, ["up", "--dif"], "./lab up has no option --dif; did you mean --diff?"],
    [up, ["up", "--zzzzzzzz"], "./lab up has no option --zzzzzzzz"],
    [up, ["up", "-q"], "./lab up has no option -q"],
    [up, ["up", "worker"], "./lab up takes no worker"],
    [up, ["up", "--dir"], "--dir needs its DIR"],
    [up, ["up", "--dir", "--diff"], "--dir needs its DIR"],
    [up, ["up", "--diff=no"], "--diff takes no value, got no"],
    [up, ["--yess", "up"], "./lab up has no option --yess; did you mean --yes?"],
    [up, ["up", "--stack", "../x"], "--stack ../x: expected letters, digits"],
    [up, ["up", "--stack="], "--stack : expected letters, digits"],
    [ssh, ["ssh"], "./lab ssh takes one NODE, got nothing"],
    [ssh, ["ssh", "--bg", "a"], "./lab ssh has no option --bg"],
    [base, ["status", "--", "x"], "./lab status takes no --"],
  ])("%# %j is one line that helps", (command, argv, message) => {
    expect(() => parse(command, ...argv)).toThrow(message);
  });

  test("without a command only common options stand", () => {
    expect(splitAtCommand(["--stack", "up"])).toMatchObject({ name: undefined });
    expect(parseCommon(["--help"]).help).toBe(true);
    expect(() => parseCommon(["--hepl"])).toThrow(
      "./lab has no option --hepl; did you mean --help?",
    );
  });
});

describe("help", () => {
  test("the general one names every command", () => {
    for (const name of Object.keys(commands)) expect(generalHelp()).toContain(`\n  ${name} `);
  });

  test.each(Object.keys(commands))("%s has one, in lines that fit a terminal", async (name) => {
    const { command } = (await findCommandEntry(name)?.load()) ?? { command: base };
    const text = commandHelp(command);
    expect(text).toMatch(new RegExp(`^usage: ./lab (\\[.*\\] )?${name}\\b`));
    expect(text.split("\n").filter((line) => line.length > 120)).toEqual([]);
  });

  test("names of Object's own are no commands", () => {
    expect(findCommandEntry("constructor")).toBeUndefined();
  });
});
