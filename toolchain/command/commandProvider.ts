import { randomBytes } from "node:crypto";
import manifest from "@pulumi/command/package.json" with { type: "json" };
import { changesBetween, rootOf } from "../rpc/diff.ts";
import type { Operation, Provider, UpdateRequest } from "../rpc/provider.ts";
import { type Asset, type Properties, reveal, UNKNOWN, type Value } from "../rpc/value.ts";
import type { Connection } from "./connection.ts";
import { ConnectionPool } from "./connectionPool.ts";
import { copyToRemote } from "./copyToRemote.ts";
import { type LocalRun, runLocal } from "./localCommand.ts";
import { runRemote } from "./remoteCommand.ts";
import { checkInputs, resourceType, runFailures } from "./schema.ts";

/**
 * The command package, compatible with version 1.2.1 of the official plugin: local.Command,
 * remote.Command, remote.CopyToRemote and local.run.
 * Source: https://github.com/pulumi/pulumi-command/tree/v1.2.1/provider/pkg/provider
 */
export function commandProvider(): Provider {
  const pool = new ConnectionPool();
  return {
    name: "command",
    version: manifest.pulumi.version,
    configure: () => undefined,
    check: ({ type, news }) => Promise.resolve(checkInputs(resourceType(type), news)),
    diff: ({ oldInputs, news }) => {
      // The engine adds the package's version to the inputs; it does not belong to the resource.
      const changes = changesBetween(withoutInternal(oldInputs), withoutInternal(news));
      const replaces = [...changes.keys()].filter((path) => rootOf(path) === "triggers");
      return Promise.resolve({ changes, replaces });
    },
    create: async ({ inputs, isPreview, ...operation }) => {
      const type = resourceType(operation.type);
      if (isPreview) return { id: "", state: previewState(type, inputs) };
      if (type === "command:remote:CopyToRemote") {
        await copy(inputs, operation);
        return { id: randomHex(), state: inputs };
      }
      const state = await runStep(inputs, { script: inputs.create, previous: {}, operation });
      return { id: `${operation.name}${randomHex()}`, state };
    },
    update: async (request) => {
      const type = resourceType(request.type);
      if (request.isPreview) return { state: previewState(type, request.inputs) };
      if (type === "command:remote:CopyToRemote") {
        if (mustCopy(request)) await copy(request.inputs, request);
        return { state: request.inputs };
      }
      const { inputs, state: previous } = request;
      const script = inputs.update ?? inputs.create;
      return { state: await runStep(inputs, { script, previous, operation: request }) };
    },
    // The results of a command cannot be inspected, so the state is returned unchanged.
    read: ({ id, inputs, state }) => Promise.resolve({ id, inputs, state }),
    delete: async ({ state, ...operation }) => {
      const type = resourceType(operation.type);
      if (type === "command:remote:CopyToRemote") return;
      await runStep(state, { script: state.delete, previous: state, operation });
    },
    invoke: async (token, args) => {
      if (token !== "command:local:run") {
        throw new Error(
          `${token}: expected command:local:run, the only function that hardway's command plugin supports`,
        );
      }
      const [failure] = runFailures(args);
      if (failure) throw new Error(`${token}: ${failure.property}: ${failure.reason}`);
      const run = reveal(args) as unknown as LocalRun;
      const { signal } = new AbortController();
      return { ...args, ...(await runLocal(run, { signal, log: () => Promise.resolve() })) };
    },
    close: () => {
      pool.end();
    },
  };

  /** The state after a run of `script`; without a script, it keeps the previous output. */
  async function runStep(
    inputs: Properties,
    {
      script,
      previous,
      operation,
    }: { script: Value | undefined; previous: Properties; operation: Operation },
  ): Promise<Properties> {
    if (script === undefined || script === null) {
      return { ...inputs, stdout: previous.stdout ?? "", stderr: previous.stderr ?? "" };
    }
    const clear = reveal(inputs) as unknown as Omit<LocalRun, "command"> & {
      readonly connection?: Connection;
      readonly addPreviousOutputInEnv?: boolean;
    };
    const command = reveal(script) as string;
    const optionalEnvironment =
      clear.addPreviousOutputInEnv === false ? {} : previousOutput(previous);
    if (clear.connection) {
      const run = { ...clear, connection: clear.connection, command, optionalEnvironment };
      return { ...inputs, ...(await runRemote(run, { pool, operation })) };
    }
    const environment = { ...clear.environment, ...optionalEnvironment };
    return { ...inputs, ...(await runLocal({ ...clear, command, environment }, operation)) };
  }

  async function copy(inputs: Properties, operation: Operation): Promise<void> {
    const clear = reveal(inputs) as unknown as {
      readonly connection: Connection;
      readonly source: Asset;
      readonly remotePath: string;
    };
    await copyToRemote(clear, { pool, operation });
  }
}

function withoutInternal(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(([name]) => name !== "version" && !name.startsWith("__")),
  );
}

function previewState(type: ReturnType<typeof resourceType>, inputs: Properties): Properties {
  if (type === "command:remote:CopyToRemote") return inputs;
  return { ...inputs, stdout: UNKNOWN, stderr: UNKNOWN };
}

/** The last run's output as variables for the next script; empty texts are left out. */
function previousOutput(state: Properties): Record<string, string> {
  const variables = {
    PULUMI_COMMAND_STDOUT: reveal(state.stdout ?? ""),
    PULUMI_COMMAND_STDERR: reveal(state.stderr ?? ""),
  };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => {
      const [, value] = entry;
      return typeof value === "string" && value !== "";
    }),
  );
}

/** True if the source or the remote path changed; another connection alone is no reason to copy. */
function mustCopy({ state, inputs }: UpdateRequest): boolean {
  const relevant = ({ source, remotePath }: Properties): Properties => ({
    source: reveal(source ?? null),
    remotePath: reveal(remotePath ?? null),
  });
  return changesBetween(relevant(state), relevant(inputs)).size > 0;
}

function randomHex(): string {
  return randomBytes(4).toString("hex");
}
