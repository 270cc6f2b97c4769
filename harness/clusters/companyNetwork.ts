import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { poll } from "../../base/poll.ts";
import { run } from "../../base/run.ts";
import type { MachinesLab } from "../machines/machinesLab.ts";
import { mirrorPort } from "./labMirror.ts";

export const proxyPort = 3128;
export const companyRegistry = "registry.example.org";

export interface CompanyNetwork {
  /** PEM. */
  readonly authority: string;
  /** The requests, one a line: `CONNECT registry.example.org:443`, `GET /v2/…`. */
  asked(): Promise<string[]>;
  stop(): Promise<void>;
}

/**
 * A corporate network at the lab's gateway: a proxy, and behind it a registry with the images of
 * registry.k8s.io, whose certificate a corporate CA signed.
 */
export async function startCompanyNetwork(lab: MachinesLab): Promise<CompanyNetwork> {
  const path = (file: string) => join(lab.directory, `company-${file}`);
  await makeCertificates(path);
  const program = join(import.meta.dirname, "companyProcess.ts");
  const options = {
    address: lab.gateway,
    port: String(proxyPort),
    mirror: `http://${lab.gateway}:${mirrorPort}`,
    key: path("server.key"),
    certificate: path("server.pem"),
    log: path("asked.log"),
  };
  await writeFile(options.log, "");
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const argv = ["--pdeathsig", "KILL", "--", ...lab.enter, process.execPath, program, ...flags];
  const child = spawn("setpriv", argv, { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "exit");
  const asked = async () => (await readFile(options.log, "utf8")).split("\n").filter(Boolean);
  await poll(
    async () => {
      const health = ["curl", "--silent", "--fail", `http://${lab.gateway}:${proxyPort}/healthz`];
      return (await lab.exec(health)).exitCode === 0 ? true : undefined;
    },
    { what: "the corporate proxy", withinMs: 30_000 },
  );
  return {
    authority: await readFile(path("ca.pem"), "utf8"),
    asked,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function makeCertificates(path: (file: string) => string): Promise<void> {
  const openssl = (...args: string[]) => run("openssl", args);
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    ...["req", "-x509", ...fresh, "-days", "2", "-subj", "/CN=Company Root CA"],
    ...["-keyout", path("ca.key"), "-out", path("ca.pem")],
  );
  await openssl(
    ...["req", "-x509", ...fresh, "-days", "2", "-subj", `/CN=${companyRegistry}`],
    ...["-addext", `subjectAltName=DNS:${companyRegistry}`, "-addext", "basicConstraints=CA:FALSE"],
    ...["-CA", path("ca.pem"), "-CAkey", path("ca.key")],
    ...["-keyout", path("server.key"), "-out", path("server.pem")],
  );
}
