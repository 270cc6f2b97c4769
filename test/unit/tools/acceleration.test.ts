import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { probeAcceleration } from "../../../tools/place/acceleration.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** A machine with only this qemu on PATH, and a KVM that opens. */
function machineWith(qemu: { name: string; script: string }) {
  const directory = temporaryDirectory();
  vi.stubEnv("PATH", directory);
  const program = join(directory, qemu.name);
  const changeTo = (script: string) =>
    writeFileSync(program, `#!/bin/sh\n[ "$1" = --version ] && echo QEMU 1 && exit\n${script}\n`);
  changeTo(qemu.script);
  chmodSync(program, 0o755);
  const device = join(directory, "kvm");
  writeFileSync(device, "");
  return { cache: directory, device, changeTo };
}

/** qemu's exit code after the boot sector has run. */
const bootsSector = "exit 33";

test.each(["qemu-system-x86_64", "qemu-kvm"])(
  "a guest is booted with qemu where it is called %s",
  async (name) => {
    const found = await probeAcceleration(machineWith({ name, script: bootsSector }));
    expect(found.domainType).toBe("kvm");
  },
);

test("a no that may pass counts for an hour, a yes as long as KVM opens", async () => {
  const asked = machineWith({ name: "qemu-system-x86_64", script: "exit 1" });
  vi.useFakeTimers({ toFake: ["Date"] });
  const minutesLater = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000);
  const typeNow = async () => (await probeAcceleration(asked)).domainType;
  expect(await typeNow()).toBe("qemu");
  asked.changeTo(bootsSector);
  minutesLater(59);
  expect(await typeNow()).toBe("qemu");
  minutesLater(2);
  expect(await typeNow()).toBe("kvm");
  asked.changeTo("exit 1");
  minutesLater(600);
  expect(await typeNow()).toBe("kvm");
  rmSync(asked.device);
  expect(await typeNow()).toBe("qemu");
});

test("that KVM does not open for this user is asked again at once", async () => {
  const asked = machineWith({ name: "qemu-system-x86_64", script: bootsSector });
  rmSync(asked.device);
  expect(await probeAcceleration(asked)).toEqual({
    domainType: "qemu",
    why: `${asked.device} does not exist (no hardware virtualization, or it is disabled in the BIOS)`,
  });
  writeFileSync(asked.device, "");
  expect((await probeAcceleration(asked)).domainType).toBe("kvm");
});
