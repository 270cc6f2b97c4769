import { expect, test } from "vitest";
import { devCluster } from "../../harness/program/labs.ts";
import { nodeSteps } from "../../harness/program/nodeSteps.ts";
import { runProgram } from "../../harness/program/runProgram.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S me";
const withKey = { ...devCluster, ssh: { authorizedKeys: [key] } };

test("a user's key is in one step of each VM, and in nothing else", async () => {
  const [before, after] = await Promise.all([
    runProgram({ cluster: devCluster }),
    runProgram({ cluster: withKey }),
  ]);
  const scripts = new Map(before.registrations.map(({ urn, inputs }) => [urn, inputs.create]));
  const changed = after.registrations.filter(
    ({ urn, inputs }) => scripts.get(urn) !== inputs.create,
  );
  expect(changed.map(({ name }) => name).sort()).toEqual([
    "control-1-os",
    "worker-1-os",
    "worker-2-os",
  ]);
  const others = after.registrations.filter((one) => !changed.includes(one));
  expect(JSON.stringify(others)).not.toContain(key);
  // The seeds' names are hashes of random keys here; seed.test.ts checks that they are stable.
  expect(after.registrations.map(({ urn }) => urn).sort()).toEqual([...scripts.keys()].sort());
});

test("the file is there without keys too, and is root's alone", async () => {
  const files = async (cluster: unknown) =>
    nodeSteps(await runProgram({ cluster }))
      .filter(({ resource }) => resource === "worker-1-os")
      .flatMap((step) => step.files.filter(({ path }) => path.startsWith("/etc/ssh/")));
  const file = { path: "/etc/ssh/authorized_keys.d/root", mode: "600", owner: "root:root" };
  const comment = "# Of ssh.authorizedKeys. The program's own key is in root's own file.\n";
  expect(await files(devCluster)).toEqual([{ ...file, text: comment, isSecret: false }]);
  expect(await files(withKey)).toEqual([{ ...file, text: `${comment}${key}\n`, isSecret: false }]);
});
