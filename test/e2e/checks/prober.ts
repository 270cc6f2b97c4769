import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "vitest";
import type { MachinesLab } from "../../../harness/machines/machinesLab.ts";
import { probeNamespace } from "./probe.ts";

/** The results of a prober's requests. */
export interface Probed {
  readonly requests: number;
  readonly failures: readonly {
    readonly at: string;
    readonly what: string;
    readonly message: string;
  }[];
  /** The names of the ConfigMaps whose creation the API acknowledged. */
  readonly written: readonly string[];
}

/**
 * Starts a client that continuously uses the API, at the address in the lab's kubeconfig, and the
 * Service at this URL. It ends with this process.
 */
function startProber(lab: MachinesLab, serviceUrl?: string): { stop(): Promise<Probed> } {
  const program = join(import.meta.dirname, "proberProcess.ts");
  const kubeconfig = join(lab.directory, "kubeconfig");
  const service = serviceUrl === undefined ? [] : [serviceUrl];
  const argv = [...lab.enter, process.execPath, program, kubeconfig, probeNamespace, ...service];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...argv], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const closed = once(child, "close");
  return {
    stop: async () => {
      child.kill("SIGTERM");
      await closed;
      return JSON.parse(text) as Probed;
    },
  };
}

/** Runs `change` while a prober uses the API and the Service; returns the prober's results. */
export async function whileUsed(
  lab: MachinesLab,
  change: () => Promise<void>,
  serviceUrl?: string,
): Promise<Probed> {
  const prober = startProber(lab, serviceUrl);
  let probed: Probed | undefined;
  try {
    await change();
  } finally {
    probed = await prober.stop();
  }
  expect(probed.written.length).toBeGreaterThan(5);
  return probed;
}
