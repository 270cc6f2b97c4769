import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openLog } from "../../../base/log.ts";
import { headingOf, parseArguments } from "../../../tools/cli/parse.ts";
import { runPulumi } from "../../../tools/pulumi/runPulumi.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("a log is the person's alone", () => {
  test("where lab makes it, with its directory", () => {
    const path = join(temporaryDirectory(), "logs", "lab.log");
    openLog(path, "./lab up");
    expect([modeOf(dirname(path)), modeOf(path)]).toEqual(["700", "600"]);
  });

  test("also if it was readable by all users before, and the rotated ones; a directory stays unchanged", () => {
    const directory = join(temporaryDirectory(), "logs");
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    const path = join(directory, "lab.log");
    for (const file of [path, `${path}.1`]) {
      writeFileSync(file, "");
      chmodSync(file, 0o644);
    }
    openLog(path, "./lab up");
    expect([directory, path, `${path}.1`].map(modeOf)).toEqual(["755", "600", "600"]);
    chmodSync(path, 0o644);
    truncateSync(path, 11 * 1024 * 1024);
    openLog(path, "./lab up");
    expect([path, `${path}.1`].map(modeOf)).toEqual(["600", "600"]);
  });
});

describe("a log has no word of what is another program's", () => {
  test.for([
    ["up --diff", "./lab up --diff"],
    ["--stack b up --yes -- --config token=s3cret", "./lab --stack b up --yes -- …"],
    ["-s b kubectl create secret generic x --from-literal=a=s3cret", "./lab -s b kubectl …"],
    ["ssh -s b worker-1 echo s3cret", "./lab ssh -s b worker-1 …"],
    ["ssh worker-1 -- echo s3cret", "./lab ssh worker-1 -- …"],
    ["ssh worker-1", "./lab ssh worker-1"],
    ["shell pulumi config set --secret x s3cret", "./lab shell …"],
    ["shell -- pulumi config set --secret x s3cret", "./lab shell -- …"],
    ["test e2e -- -t s3cret", "./lab test e2e -- …"],
  ] as const)("of %s", ([typed, heading]) => {
    const argv = typed.split(" ");
    const { invocation = { rest: [] } } = parseArguments(argv) ?? {};
    expect(headingOf(argv, invocation)).toBe(heading);
  });

  test("nor what pulumi is started with", async () => {
    const { session } = testSession();
    const argv = ["sh", "-c", ":", "--config", "token=s3cret"];
    const env = { PATH: process.env.PATH };
    await runPulumi({ argv, name: "pulumi up", cwd: "/", env, asks: false }, session);
    const text = readFileSync(session.log.path, "utf8");
    expect(text).toContain("$ pulumi up …\n");
    expect(text).not.toContain("s3cret");
  });
});

test("a log leaves out what looks like a secret, also if it arrives line by line", () => {
  const path = join(temporaryDirectory(), "lab.log");
  const log = openLog(path, "./lab up -c url=https://ada:hunter2@example.org");
  const key = [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "c3dvcmRmaXNo",
    "-----END OPENSSH PRIVATE KEY-----",
  ];
  for (const line of [...key, "https://ada:hunter2@example.org/x", "ready"]) log.write(line);
  const text = readFileSync(path, "utf8");
  expect(text).not.toMatch(/hunter2|c3dvcmRmaXNo/);
  expect(text).toMatch(/ready\n$/);
});
