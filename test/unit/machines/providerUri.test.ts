import { expect, test } from "vitest";
import { providerUri } from "../../../components/machines/guests/providerUri.ts";

test.each([
  // A named key precedes an agent's keys.
  [
    "qemu+ssh://root@rack-1/system?keyfile=/id",
    "qemu+ssh://root@rack-1/system?keyfile=/id&sshauth=privkey,agent",
  ],
  [
    "qemu+ssh://root@rack-1:2222/system?socket=/s&keyfile=~/.ssh/id",
    "qemu+ssh://root@rack-1:2222/system?socket=/s&keyfile=~/.ssh/id&sshauth=privkey,agent",
  ],
  ["qemu+ssh://root@rack-1/system", "qemu+ssh://root@rack-1/system"],
  ["qemu:///system", "qemu:///system"],
])("%s", (uri, expected) => {
  expect(providerUri(uri)).toBe(expected);
});
