import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/language_pb.js";
import type pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { projectDir } from "../../../base/paths.ts";
import { toStruct } from "../../../toolchain/rpc/struct.ts";
import { type FakeEngine, fakeEngine } from "../support/fakeEngine.ts";
import { answer } from "../support/providerClient.ts";
import { until } from "../support/until.ts";

type Client = InstanceType<typeof languageGrpc.LanguageRuntimeClient>;

const main = join(projectDir, "toolchain/language-host/main.ts");
let directory: string;
let engine: FakeEngine;
let host: ChildProcess;
let client: Client;
let printed = "";

/** Starts the language host as the CLI does and reads its port. */
async function start(address: string): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [main, "--tracing", "http://x:1/", address], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const port = await new Promise<number>((resolve, reject) => {
    let first = "";
    child.stdout.on("data", (chunk: Buffer) => {
      first += chunk.toString();
      printed += chunk.toString();
      if (first.includes("\n")) resolve(Number(first.split("\n")[0]));
    });
    child.stderr.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.once("close", () => {
      reject(new Error(`the host ended: ${printed}`));
    });
  });
  return { child, port };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hardway-language-"));
  await symlink(join(projectDir, "node_modules"), join(directory, "node_modules"));
  await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  engine = await fakeEngine();
  const started = await start(engine.address);
  host = started.child;
  client = new languageGrpc.LanguageRuntimeClient(
    `127.0.0.1:${started.port}`,
    credentials.createInsecure(),
  );
});

afterAll(async () => {
  client.close();
  host.kill("SIGKILL");
  engine.close();
  await rm(directory, { recursive: true });
});

afterEach(() => {
  printed = "";
  engine.log.length = 0;
  engine.outputs.length = 0;
});

function info(programDirectory = directory, options = {}): pb.ProgramInfo {
  const message = new pb.ProgramInfo().setRootDirectory(programDirectory);
  message.setProgramDirectory(programDirectory).setEntryPoint("index.ts");
  return message.setOptions(toStruct({ typescript: false, ...options }));
}

async function run(program: string, prepare = (request: pb.RunRequest) => request) {
  await writeFile(join(directory, "index.ts"), program);
  const request = new pb.RunRequest().setInfo(info()).setProject("p").setStack("dev");
  request.setMonitorAddress(engine.address).setParallel(4).setOrganization("o");
  const response = await answer<pb.RunResponse>((done) => client.run(prepare(request), done));
  return { error: response.getError(), bail: response.getBail() };
}

describe("run", () => {
  test("loads TypeScript as it is, with config, arguments and mode", async () => {
    const program = `
      import * as pulumi from "@pulumi/pulumi";
      const config: pulumi.Config = new pulumi.Config();
      console.log("hello from the program");
      export const seen = [config.require("name"), pulumi.getProject(), pulumi.getStack(), pulumi.getOrganization(), pulumi.runtime.isDryRun()].join(" ");
      export const secret = config.requireSecret("key");
    `;
    const result = await run(program, (request) => {
      request.getConfigMap().set("p:name", "etcd").set("p:key", "k");
      return request.setConfigsecretkeysList(["p:key"]).setDryrun(true);
    });
    expect(result).toEqual({ error: "", bail: false });
    expect(engine.outputs).toEqual([{ seen: "etcd p dev o true", secret: "k" }]);
    expect(printed).toContain("hello from the program\n");
  });

  test("leaves an error that the program has reported to the program", async () => {
    const result = await run("throw new Error('broken on purpose');");
    expect(result).toEqual({ error: "", bail: true });
    expect(engine.log.join("\n")).toContain("broken on purpose");
  });

  test("reports another exit code", async () => {
    expect(await run("process.exit(7);")).toEqual({
      error: "Program exited with non-zero exit code: 7",
      bail: false,
    });
  });

  test("says what to run where @pulumi/pulumi is missing", async () => {
    const bare = await mkdtemp(join(tmpdir(), "hardway-bare-"));
    const error: ServiceError = await run("", (request) => request.setInfo(info(bare))).then(
      () => expect.unreachable(),
      (thrown: unknown) => thrown as ServiceError,
    );
    expect(error.details).toBe(
      `@pulumi/pulumi: not found from ${bare}, expected in its node_modules; run npm ci there`,
    );
    await rm(bare, { recursive: true });
  });

  test("names an option of Pulumi.yaml that it does not know", async () => {
    const wrong = run("", (request) =>
      request.setInfo(info(directory, { packagemanager: "yarn" })),
    );
    await expect(wrong).rejects.toMatchObject({
      details:
        'Pulumi.yaml, runtime.options.packagemanager: found "yarn", expected npm, the only one that this language host supports',
    });
  });
});

test("getRequiredPackages finds the plugins of installed packages, links and parameters too", async () => {
  const request = new pb.GetRequiredPackagesRequest().setInfo(info(projectDir));
  const response = await answer<pb.GetRequiredPackagesResponse>((done) =>
    client.getRequiredPackages(request, done),
  );
  const found = response.getPackagesList().map((dependency) => ({
    ...dependency.toObject(),
    parameterization: dependency.getParameterization()?.toObject(),
  }));
  const plain = (name: string, version: string): Partial<pluginPb.PackageDependency.AsObject> => ({
    name,
    kind: "resource",
    version,
    server: "",
    parameterization: undefined,
  });
  expect(found.sort((one, other) => one.name.localeCompare(other.name))).toMatchObject([
    plain("command", "v1.2.1"),
    plain("kubernetes", "v4.34.2"),
    {
      name: "terraform-provider",
      version: "v1.1.3",
      parameterization: { name: "libvirt", version: "0.8.3" },
    },
    plain("tls", "v5.6.1"),
  ]);
  const value = Buffer.from(String(found[2]?.parameterization?.value), "base64").toString();
  expect(JSON.parse(value)).toMatchObject({ remote: { version: "0.8.3" } });
});

test("about and dependencies read what is installed", async () => {
  const about = await answer<pb.AboutResponse>((done) =>
    client.about(new pb.AboutRequest().setInfo(info()), done),
  );
  expect(about.getVersion()).toBe(process.version);
  const request = new pb.GetProgramDependenciesRequest().setInfo(info(projectDir));
  const response = await answer<pb.GetProgramDependenciesResponse>((done) =>
    client.getProgramDependencies(request, done),
  );
  const names = response.getDependenciesList().map((dependency) => dependency.getName());
  expect(names).toContain("@pulumi/libvirt");
  expect(names).not.toContain("@grpc/proto-loader");
});

describe("the end", () => {
  test("Cancel interrupts the program", async () => {
    const request = new emptyPb.Empty();
    const other = await start(engine.address);
    const second = new languageGrpc.LanguageRuntimeClient(
      `127.0.0.1:${other.port}`,
      credentials.createInsecure(),
    );
    await writeFile(
      join(directory, "index.ts"),
      "console.log('running'); setInterval(() => {}, 1000);",
    );
    const run = new pb.RunRequest().setInfo(info()).setMonitorAddress(engine.address);
    const result = answer<pb.RunResponse>((done) => second.run(run, done));
    await until("the program to run", () => printed.includes("running"));
    await answer<emptyPb.Empty>((done) => second.cancel(request, done));
    expect((await result).getError()).toBe("Program exited unexpectedly: killed by SIGINT");
    second.close();
    other.child.kill("SIGTERM");
    await until("the host to end", () => other.child.exitCode !== null);
    expect(other.child.exitCode).toBe(0);
  });

  test("an engine that is lost ends the host", async () => {
    const lost = await fakeEngine();
    const relay = await startRelay(lost.address);
    const { child, port } = await start(relay.address);
    await until("the host to hear from the engine", () => relay.hasAnswered());
    // One more turn of the host's event loop, so that it has processed the response.
    const other = new languageGrpc.LanguageRuntimeClient(
      `127.0.0.1:${port}`,
      credentials.createInsecure(),
    );
    await answer<pluginPb.PluginInfo>((done) => other.getPluginInfo(new emptyPb.Empty(), done));
    other.close();
    relay.close();
    lost.close();
    await until("the host to end", () => child.exitCode !== null);
  });

  test("a parent that is killed takes the host along", async () => {
    const script = `
      const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, [${JSON.stringify(main)}], { stdio: ["pipe", "pipe", "inherit"] });
      child.stdout.on("data", () => console.log(child.pid));
    `;
    const parent = spawn(process.execPath, ["-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let pid = 0;
    parent.stdout.on("data", (chunk: Buffer) => {
      pid = Number(chunk.toString());
    });
    await until("the host to run", () => pid > 0);
    parent.kill("SIGKILL");
    await until("the host to end", () => !isRunning(pid));
  });
});

/** A TCP relay to the engine that records responses and can cut the connection. */
async function startRelay(target: string) {
  const sockets: Socket[] = [];
  let hasAnswered = false;
  const server = createServer((near) => {
    const far = connect({ host: "127.0.0.1", port: Number(target.split(":")[1]) });
    far.on("data", () => {
      hasAnswered = true;
    });
    for (const socket of [near, far]) {
      sockets.push(socket);
      socket.on("error", () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    address: `127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`,
    hasAnswered: () => hasAnswered,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
