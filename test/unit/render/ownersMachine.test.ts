import { expect, test } from "vitest";
import { renderContainerd } from "../../../components/node/renderContainerd.ts";
import { labOf, planOf } from "../../../harness/program/labs.ts";
import { Machine } from "../remote/machine.ts";

test("a machine that has a containerd of its own keeps it, and is refused with what to do", async () => {
  const plan = planOf(labOf());
  const [node] = plan.nodes;
  if (node === undefined) throw new Error("the lab has no node");
  const machine = new Machine();
  const unit = "/usr/lib/systemd/system/containerd.service";
  machine.write("fakes/systemctl", `#!/bin/bash\necho ${unit}\n`, 0o755);
  const { exitCode, said, error } = await machine.run(renderContainerd(plan, node).create);
  expect({ exitCode, said }).toEqual({ exitCode: 1, said: [] });
  expect(error).toBe(
    `error: tried: this machine has a containerd of its own (${unit}), in whose place this one would come; uninstall it, write runtime: cri-o for this node, or take another machine\n`.trimEnd(),
  );
});
