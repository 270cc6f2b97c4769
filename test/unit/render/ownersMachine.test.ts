import { expect, test } from "vitest";
import { labOf, planOf } from "../../../harness/program/labs.ts";
import { stepOf } from "../../../harness/program/stepsOf.ts";
import { Machine } from "../remote/machine.ts";

test("a machine that has a containerd of its own keeps it, and is refused with what to do", async () => {
  const plan = planOf(labOf());
  const [node] = plan.nodes;
  if (node === undefined) throw new Error("the lab has no node");
  const machine = new Machine();
  const unit = "/usr/lib/systemd/system/containerd.service";
  machine.write("fakes/systemctl", `#!/bin/bash\necho ${unit}\n`, 0o755);
  const { exitCode, said, error } = await machine.run(stepOf(plan, node, "containerd").create);
  expect({ exitCode, said }).toEqual({ exitCode: 1, said: [] });
  expect(error).toBe(
    `error: tried: this machine has a containerd of its own (${unit}), which this one would replace; uninstall it, write runtime: cri-o for this node, or use another machine\n`.trimEnd(),
  );
});
