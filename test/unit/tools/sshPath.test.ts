import { execa } from "execa";
import { expect, test } from "vitest";
import { sshPath } from "../../../tools/access/sshPath.ts";

test.each([
  ["/state/known_hosts", '"/state/known_hosts"'],
  ["/home/ada b/100%d/known_hosts", '"/home/ada b/100%%d/known_hosts"'],
  ['/a"b\\c', '"/a\\"b\\\\c"'],
])("%s is one path to ssh", (path, expected) => {
  expect(sshPath(path)).toBe(expected);
});

test("ssh takes a path with a space in it for one file", async () => {
  const option = `IdentityFile=${sshPath("/home/ada b/id")}`;
  const { stdout } = await execa("ssh", ["-G", "-F", "none", "-o", option, "host"]);
  expect(stdout).toContain("identityfile /home/ada b/id\n");
});
