import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { labPaths } from "../../../base/paths.ts";
import { findPlace, placeOfLab } from "../../../tools/place/place.ts";
import { temporaryDirectory } from "./temporary.ts";

const at = (uri: string, nodes: readonly string[] = ["a"]) => ({ uri, pool: "/pool", nodes });
const nothingYet = () => Promise.resolve(false);
const here = {
  hypervisors: [at("qemu:///system")],
  lab: { network: { bridge: undefined } },
  makesMachines: true,
};

/** A virsh whose libvirt responds, or does not. */
function systemLibvirt(answers: boolean): void {
  const directory = temporaryDirectory();
  const virsh = join(directory, "virsh");
  const said = answers ? "echo qemu:///system" : "echo 'error: no libvirtd' >&2; exit 1";
  writeFileSync(virsh, `#!/bin/sh\n${said}\n`);
  chmodSync(virsh, 0o755);
  vi.stubEnv("PATH", `${directory}:${process.env.PATH ?? ""}`);
}

beforeEach(() => {
  vi.stubEnv("HARDWAY_STATE", temporaryDirectory());
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("where a lab is", () => {
  test("in the system's libvirt where that answers, else in namespaces of its own", async () => {
    systemLibvirt(true);
    expect(await findPlace("x", here, nothingYet)).toMatchObject({ mode: "system" });
    systemLibvirt(false);
    expect(await findPlace("x", here, nothingYet)).toMatchObject({ mode: "isolated" });
  });

  test("elsewhere, where no machine is made here", async () => {
    systemLibvirt(false);
    const hypervisors = [
      at("qemu+ssh://a/system"),
      at("qemu+ssh://b/system"),
      at("qemu:///system", []),
    ];
    expect(
      await findPlace(
        "x",
        { ...here, hypervisors, lab: { network: { bridge: "br0" } } },
        nothingYet,
      ),
    ).toEqual({
      mode: "elsewhere",
      why: "guests are at qemu+ssh://a/system, qemu+ssh://b/system",
    });
    expect(await findPlace("x", { ...here, makesMachines: false }, nothingYet)).toMatchObject({
      mode: "elsewhere",
    });
  });

  test("machines on a bridge of this machine take the system's libvirt", async () => {
    const bridged = { ...here, lab: { network: { bridge: "br0" } } };
    systemLibvirt(true);
    expect(await findPlace("x", bridged, nothingYet)).toMatchObject({ mode: "system" });
    systemLibvirt(false);
    await expect(findPlace("x", bridged, nothingYet)).rejects.toThrow(
      "network.bridge: found br0, and the system's libvirt does not answer (error: no libvirtd), expected a libvirt that reaches this machine's bridges; a libvirt in a lab's own namespaces does not; start the system's libvirt (systemctl enable --now libvirtd), or remove bridge, gateway and mirrorAddress for a network behind NAT",
    );
  });

  test("a lab that was begun in the system's libvirt does not become another one while that is away", async () => {
    const owns = () => Promise.resolve(true);
    systemLibvirt(false);
    const { isolated } = labPaths("x");
    await expect(findPlace("x", here, owns)).rejects.toThrow(
      `lab x: found machines in its state, and the system's libvirt does not answer (error: no libvirtd), expected the libvirt that runs them; start the system's libvirt (systemctl enable --now libvirtd); if they were in the lab's own namespaces and the lab's directory with their disks was deleted, \`mkdir -p ${isolated}\` makes lab treat them as lost`,
    );
    systemLibvirt(true);
    expect(await findPlace("x", here, owns)).toMatchObject({ mode: "system" });
    systemLibvirt(false);
    mkdirSync(isolated, { recursive: true });
    expect(await findPlace("x", here, owns)).toMatchObject({ mode: "isolated" });
  });

  test("a lab that is up in the system's libvirt is reached while that is away", async () => {
    systemLibvirt(false);
    expect(await placeOfLab("x", here)).toEqual({
      mode: "system",
      why: "the system's libvirt does not answer (error: no libvirtd)",
    });
    mkdirSync(labPaths("x").isolated, { recursive: true });
    expect(await placeOfLab("x", here)).toMatchObject({ mode: "isolated" });
  });

  test("a lab that was created in its own namespaces stays there, and is removed there", async () => {
    systemLibvirt(true);
    mkdirSync(labPaths("x").isolated, { recursive: true });
    expect(
      await findPlace("x", { ...here, lab: { network: { bridge: "br0" } } }, nothingYet),
    ).toMatchObject({
      mode: "isolated",
    });
  });
});
