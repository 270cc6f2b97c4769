import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { probeAcceleration } from "../../../tools/acceleration.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A machine with this qemu on PATH and nothing else, and a KVM that opens. */
function machineWith(qemu: { name: string; script: string }) {
  const directory = temporaryDirectory();
  vi.stubEnv("PATH", directory);
  const program = join(directory, qemu.name);
  writeFileSync(program, `#!/bin/sh\n[ "$1" = --version ] && exec echo QEMU 1\n${qemu.script}\n`);
  chmodSync(program, 0o755);
  const device = join(directory, "kvm");
  writeFileSync(device, "");
  return { cache: directory, device };
}

/** With what qemu ends when the boot sector has run. */
const bootsSector = "exit 33";

test.each(["qemu-system-x86_64", "qemu-kvm"])(
  "a guest is booted with qemu where it is called %s",
  async (name) => {
    const found = await probeAcceleration(machineWith({ name, script: bootsSector }));
    expect(found.domainType).toBe("kvm");
  },
);
