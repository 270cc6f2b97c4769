import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { cacheDir, labPaths, projectDir } from "../../base/paths.ts";
import { poll } from "../../base/poll.ts";
import { bundlePlugin, type NodePlugin } from "../../toolchain/bundle.ts";
import { goBinDirectory } from "../../toolchain/parts.ts";
import { place, wrapperText } from "../../toolchain/pluginWrapper.ts";
import { openEventLog } from "../../tools/pulumi/eventLog.ts";
import { FakeApiServer } from "./support/fakeApiServer.ts";
import { SshServer, testKey } from "./support/sshServer.ts";

/** The CLI that `lab setup` has built, if any. */
const pulumi = await goBinDirectory(cacheDir(), "pulumi-cli")
  .then(async (directory) => {
    const path = join(directory, "pulumi");
    await stat(path);
    return path;
  })
  .catch(() => undefined);

const program = `
  import * as command from "@pulumi/command";
  import * as kubernetes from "@pulumi/kubernetes";
  import * as pulumi from "@pulumi/pulumi";

  const config = new pulumi.Config();
  const connection = config.requireObject<command.types.input.remote.ConnectionArgs>("connection");
  const local = new command.local.Command("local", { create: "echo one\\necho " + config.require("word"), delete: "true" });
  const remote = new command.remote.Command("remote", {
    connection,
    create: "wc -c",
    stdin: config.requireSecret("secret"),
    triggers: [config.require("trigger")],
  });
  const provider = new kubernetes.Provider("cluster", { kubeconfig: config.requireSecret("kubeconfig") });
  const map = new kubernetes.core.v1.ConfigMap("map", { data: { said: local.stdout } }, { provider });
  export const said = local.stdout;
  export const counted = remote.stdout;
  export const name = map.metadata.name;
`;

/** The program's machines and steps, with a log of each creation and removal. */
const machines = `
  import * as command from "@pulumi/command";
  import * as pulumi from "@pulumi/pulumi";

  const config = new pulumi.Config();
  const log = config.require("log");
  const at = config.require("at");
  const hosts = new Map(["x", "y"].map((host) => [host, new command.Provider("host@" + host)]));
  const logged = (what: string) => ({ create: "echo made " + what + " >>" + log, delete: "echo deleted " + what + " >>" + log });
  for (const name of ["a", "b"]) {
    const seed = new command.local.Command(
      name + "-seed",
      { ...logged(name + "-seed"), triggers: [config.require("seed")] },
      { deleteBeforeReplace: true },
    );
    const machine = new command.local.Command(
      name,
      { ...logged(name), triggers: [config.require(name)], environment: { seed: seed.id } },
      { deleteBeforeReplace: true, provider: hosts.get(at), replacementTrigger: "host@" + at, replaceOnChanges: ["environment"] },
    );
    const step = (what: string, options: pulumi.CustomResourceOptions) =>
      new command.local.Command(
        name + "-" + what,
        { ...logged(name + "-" + what), triggers: [machine.id] },
        { deleteBeforeReplace: true, ...options },
      );
    const host = step("host", { deletedWith: machine, retainOnDelete: true });
    const etcd = step("etcd", { deletedWith: host, dependsOn: [host] });
    // Is drained from another machine.
    step("node", { dependsOn: [etcd] });
  }
`;

/**
 * This checkout's plugins under the real engine: a program is created, read, changed and deleted.
 */
describe.skipIf(pulumi === undefined)(
  pulumi === undefined
    ? "the real engine (skipped: no pulumi in the cache; ./lab setup installs it)"
    : "the real engine",
  { timeout: 180_000 },
  () => {
    const hostKey = testKey();
    const userKey = testKey();
    const ssh = new SshServer({ hostKey, userKey });
    const api = new FakeApiServer();
    let directory: string;
    let environment: NodeJS.ProcessEnv;

    const run = async (...args: string[]) => {
      const options = { cwd: join(directory, "program"), env: environment, maxBuffer: 1e8 };
      const result = await promisify(execFile)(join(directory, "bin/pulumi"), args, options).catch(
        (error: unknown) => error as { stdout: string; stderr: string; code: number },
      );
      return { code: 0, ...result };
    };
    const up = ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never"];

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "hardway-engine-"));
      const bin = join(directory, "bin");
      await mkdir(bin);
      // The CLI searches its own directory for a language host; a link would lead to the one in the
      // cache.
      await link(pulumi ?? "", join(bin, "pulumi")).catch(() =>
        copyFile(pulumi ?? "", join(bin, "pulumi")),
      );
      const home = join(directory, "home");
      const executables: Record<NodePlugin, string> = {
        "language-host": join(bin, "pulumi-language-nodejs"),
        command: join(home, "plugins/resource-command-v1.2.1/pulumi-resource-command"),
        kubernetes: join(home, "plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes"),
      };
      for (const [plugin, executable] of Object.entries(executables)) {
        const bundle = join(directory, `${plugin}.cjs`);
        await bundlePlugin(plugin as NodePlugin, bundle);
        await place(executable, (path, text) => writeFile(path, text), wrapperText(bundle, {}));
      }
      const project = join(directory, "program");
      await mkdir(join(project, "node_modules/@pulumi"), { recursive: true });
      for (const name of ["pulumi", "command", "kubernetes"]) {
        await symlink(
          join(projectDir, "node_modules/@pulumi", name),
          join(project, "node_modules/@pulumi", name),
        );
      }
      await writeFile(join(project, "package.json"), '{"type": "module"}');
      await writeFile(
        join(project, "Pulumi.yaml"),
        "name: p\nmain: index.ts\nruntime: {name: nodejs, options: {typescript: false}}\n",
      );
      await writeFile(join(project, "index.ts"), program);
      await mkdir(join(directory, "state"));
      environment = {
        PATH: process.env.PATH,
        HOME: directory,
        PULUMI_HOME: home,
        PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
      };
      await ssh.listen();
      await api.listen();
      await run("stack", "init", "dev");
      const connection = {
        host: "127.0.0.1",
        port: ssh.port,
        user: "person",
        privateKey: userKey.privateKey,
        hostKey: hostKey.publicKey,
      };
      await run("config", "set", "--secret", "connection", JSON.stringify(connection));
      await run("config", "set", "--secret", "secret", "0123456789");
      await run("config", "set", "--secret", "kubeconfig", api.kubeconfig);
      await run("config", "set-all", "--plaintext", "word=two", "--plaintext", "trigger=a");
    }, 120_000);

    afterAll(async () => {
      await ssh.close();
      await api.close();
      await rm(directory, { recursive: true });
    });

    test("makes a program's resources, and finds nothing to do after that", async () => {
      const made = await run(...up);
      expect(made).toMatchObject({ code: 0 });
      const outputs = await run("stack", "output", "--json");
      expect(JSON.parse(outputs.stdout)).toEqual({
        said: "one\ntwo",
        counted: "10",
        name: expect.stringMatching(/^map-[0-9a-f]{8}$/) as string,
      });
      const again = await run("preview", "--expect-no-changes", "--non-interactive", "--refresh");
      expect(again).toMatchObject({ code: 0 });
      expect(made.stdout).not.toContain("0123456789");
    });

    test("keeps secrets encrypted in the state", async () => {
      const { stdout } = await run("stack", "export");
      for (const clear of ["0123456789", "PRIVATE KEY", "current-context"]) {
        expect(stdout).not.toContain(clear);
      }
      const { deployment } = JSON.parse(stdout) as {
        deployment: { resources: { type: string; outputs: { stdout: unknown } }[] };
      };
      const remote = deployment.resources.find(({ type }) => type === "command:remote:Command");
      // As with the official plugin: only values that are secret or marked as secret.
      expect(remote?.outputs.stdout).toBe("10");
      // `lab up` reads host keys in this way, to predict seeds.
      const shown = await run("stack", "export", "--show-secrets");
      expect(shown.stdout).toContain(String.raw`"plaintext": "\"0123456789\""`);
    });

    test("shows a changed script as a text diff, and a changed trigger as a replacement", async () => {
      await run("config", "set-all", "--plaintext", "word=three", "--plaintext", "trigger=b");
      const options = ["--diff", "--non-interactive", "--color", "never"];
      const { stdout, code } = await run("preview", ...options);
      expect(code).toBe(0);
      expect(stdout).toMatch(/~ create: \n\s+echo one\n\s+- echo two\n\s+\+ echo three\n/);
      expect(stdout).toMatch(/\+-command:remote:Command: \(replace\)/);
    });

    test("names the resource and says why where a command fails", async () => {
      await run("config", "set", "word", "three; exit 3");
      const failed = await run(...up);
      expect(failed.code).not.toBe(0);
      expect(failed.stdout).toMatch(
        /command:local:Command \(local\):\n\s+error: exit status 3: running "echo one\\necho three; exit 3":\n\s+one\n\s+three/,
      );
    });

    test("leaves no secret in a file if it is killed in the middle of an update", async () => {
      vi.stubEnv("HARDWAY_STATE", join(directory, "hardway"));
      const paths = labPaths("dev");
      await mkdir(paths.root, { recursive: true });
      await run("config", "set", "word", "three; sleep 20");
      const log = await openEventLog("dev");
      const child = spawn(join(directory, "bin/pulumi"), [...up, ...log.flags], {
        cwd: join(directory, "program"),
        env: { ...environment, ...log.env },
        stdio: "ignore",
      });
      const isUpdated = async () =>
        (await readFile(paths.events, "utf8")).includes('"op":"update"') || undefined;
      await poll(isUpdated, { what: "the update in the event log", withinMs: 60_000 });
      child.kill("SIGKILL");
      await once(child, "close");
      await log.close();
      vi.unstubAllEnvs();
      for (const place of ["hardway", "state", "program"]) {
        const files = await readdir(join(directory, place), { recursive: true });
        for (const name of files.filter((file) => !file.includes("node_modules/"))) {
          const text = await readFile(join(directory, place, name), "utf8").catch(() => "");
          expect(text).not.toMatch(/0123456789|PRIVATE KEY|current-context/);
        }
      }
      await run("cancel", "--yes", "--stack", "dev", "--non-interactive");
    });

    test("ends a program that throws with what it threw", async () => {
      await writeFile(join(directory, "program/index.ts"), 'throw new Error("broken on purpose");');
      const failed = await run("preview", "--non-interactive", "--color", "never");
      expect(failed.code).not.toBe(0);
      expect(failed.stdout).toContain("Error: broken on purpose");
      await writeFile(join(directory, "program/index.ts"), program);
    });

    test("takes everything away", async () => {
      await run("config", "set", "word", "two");
      expect(await run("destroy", "--yes", "--skip-preview", "--non-interactive")).toMatchObject({
        code: 0,
      });
      expect(api.objects.size).toBe(0);
    });

    test("recreates a machine without deleting its steps, one at a time if requested", async () => {
      const log = join(directory, "log");
      const logged = async () => {
        const lines = (await readFile(log, "utf8")).trim().split("\n");
        await writeFile(log, "");
        return lines;
      };
      await writeFile(join(directory, "program/index.ts"), machines);
      await run(
        "config",
        "set-all",
        ...["a=1", "b=1", "seed=1", "at=x", `log=${log}`].flatMap((one) => ["--plaintext", one]),
      );
      expect(await run(...up)).toMatchObject({ code: 0 });
      await logged();
      const madeAnew = (name: string) =>
        ["", "-host", "-etcd", "-node"].map((what) => `made ${name}${what}`);
      const resized = (name: string) => [
        ...[`deleted ${name}-node`, `deleted ${name}`],
        ...madeAnew(name),
      ];
      const reseeded = (name: string) => [
        ...[`deleted ${name}-node`, `deleted ${name}`, `deleted ${name}-seed`, `made ${name}-seed`],
        ...madeAnew(name),
      ];
      // As `lab up` does.
      const onlyA = ["--target", "**::a-seed", "--target", "**::a", "--target-dependents"];
      await run("config", "set-all", "--plaintext", "a=2", "--plaintext", "b=2");
      expect(await run(...up, ...onlyA)).toMatchObject({ code: 0 });
      expect(await logged()).toEqual(resized("a"));
      expect(await run(...up)).toMatchObject({ code: 0 });
      expect(await logged()).toEqual(resized("b"));
      await run("config", "set", "seed", "2");
      expect(await run(...up, ...onlyA)).toMatchObject({ code: 0 });
      expect(await logged()).toEqual(reseeded("a"));
      expect(await run(...up)).toMatchObject({ code: 0 });
      expect(await logged()).toEqual(reseeded("b"));
      // On another host: the old ones are deleted, and another provider creates the new ones.
      await run("config", "set", "at", "y");
      expect(await run(...up)).toMatchObject({ code: 0 });
      const moved = ["a", "b"].flatMap(resized);
      expect((await logged()).sort()).toEqual(moved.sort());
      expect(await run("destroy", "--yes", "--skip-preview", "--non-interactive")).toMatchObject({
        code: 0,
      });
      expect((await logged()).sort()).toEqual([
        ...["deleted a", "deleted a-node", "deleted a-seed"],
        ...["deleted b", "deleted b-node", "deleted b-seed"],
      ]);
    });
  },
);
