import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { pulumiVersions } from "../../../toolchain/go/pulumiRecipes.ts";
import { readLabConfig } from "../../../tools/pulumi/labConfig.ts";
import { placeOfState } from "../../../tools/pulumi/stackRun.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => void vi.unstubAllEnvs());

/**
 * A machine with only a pulumi whose one stack is `test`, and a virsh whose libvirt does not
 * respond.
 */
function machineWith(exported: object): void {
  const bin = temporaryDirectory();
  const program = (name: string, script: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  program("virsh", "echo 'error: no libvirtd' >&2; exit 1");
  program(
    "pulumi",
    `case "$*" in
version) echo ${pulumiVersions.pulumi} ;;
"stack ls --json") echo '[{"name": "test"}]' ;;
"stack export --stack test --non-interactive") echo '${JSON.stringify(exported)}' ;;
*) exit 1 ;;
esac`,
  );
  vi.stubEnv("PATH", bin);
  for (const name of ["HOME", "HARDWAY_CACHE", "HARDWAY_STATE"]) {
    vi.stubEnv(name, temporaryDirectory());
  }
  for (const name of [
    "BACKEND_URL",
    "ACCESS_TOKEN",
    "CONFIG_PASSPHRASE",
    "CONFIG_PASSPHRASE_FILE",
  ]) {
    vi.stubEnv(`PULUMI_${name}`, undefined);
  }
}

const network = {
  urn: "urn:pulumi:test::hardway::x::network",
  type: "libvirt:index/network:Network",
  id: "uuid",
  provider: "urn:pulumi:test::hardway::x$pulumi:providers:libvirt::libvirt::id",
  inputs: { name: "hardway-test" },
};

test.for([
  ["nothing", {}],
  ["steps on existing machines", { resources: [{ ...network, type: "command" }] }],
  [
    "machines elsewhere",
    { resources: [{ ...network, provider: `${network.provider.slice(0, -4)}@rack-1::id` }] },
  ],
] as const)("a lab whose state has %s begins in namespaces of its own", async ([, deployment]) => {
  machineWith({ version: 3, deployment });
  const { session } = testSession();
  const config = await readLabConfig("dev");
  expect(await placeOfState(session, config)).toMatchObject({ mode: "isolated" });
});

test.for([
  ["something", { resources: [network] }],
  ["something half-made", { pending_operations: [{ type: "creating", resource: network }] }],
] as const)("a lab that has %s in the system's libvirt waits for that", async ([, deployment]) => {
  machineWith({ version: 3, deployment });
  const { session } = testSession();
  const config = await readLabConfig("dev");
  await expect(placeOfState(session, config)).rejects.toThrow(
    "lab test: found machines in its state, and the system's libvirt does not answer",
  );
});
