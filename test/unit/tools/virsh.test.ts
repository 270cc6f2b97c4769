import { expect, test } from "vitest";
import { virshArgv, virshMessage } from "../../../tools/place/virsh.ts";

test.each([
  ["qemu:///system", "qemu:///system"],
  ["qemu+ssh://root@rack-1/system", "qemu+ssh://root@rack-1/system?no_tty=1"],
  [
    "qemu+ssh://root@rack-1/system?keyfile=/id",
    "qemu+ssh://root@rack-1/system?keyfile=/id&no_tty=1",
  ],
])("no password prompt: %s", (uri, expected) => {
  expect(virshArgv(uri, ["list", "--all"])).toEqual([
    ...["virsh", "--quiet", "--connect", expected],
    ...["list", "--all"],
  ]);
});

test("one that says nothing failed all the same", () => {
  const silent = {
    exitCode: undefined,
    stdout: "",
    stderr: "\n",
    failure: "no answer within 60 s",
  };
  expect(virshMessage(silent)).toBe("no answer within 60 s");
  expect(virshMessage({ ...silent, stderr: "error: no\n" })).toBe("error: no");
});
