import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "./machine.ts";
import { renderCommand, renderSecrets, type SecretFile, type StepScript } from "./script.ts";

export interface StepArgs {
  readonly machine: Machine;
  readonly script: StepScript;
  /** Where a step is not about the machine that it runs on: its resource's name, and whose identity it hangs on. */
  readonly about?: { readonly name: string; readonly identity: Machine["identity"] };
  /** Go over standard input: never in the script, a diff or a log. */
  readonly files?: readonly SecretFile<pulumi.Input<string>>[];
  /** True where standard output is what the step is for; then `up` does not show it line by line. */
  readonly printsResult?: boolean;
  /** Comes before the script in place of reading `step.sh` on the node; only the host step, which puts it there. */
  readonly prelude?: string;
}

/**
 * The identity of what makes no sense without another step of the same machine. Where that is replaced, this is undone
 * before it and made anew after it; the value stays the machine's, so nothing else that happens to that step matters here.
 */
export function hangingOn(
  identity: Machine["identity"],
  other: command.remote.Command | undefined,
): Machine["identity"] {
  return other === undefined ? identity : pulumi.all([identity, other.id]).apply(([own]) => own);
}

/**
 * The step: one component's files, unit and health on one node. Once it is created, the component runs
 * with these files and is healthy. Run again, it changes what differs and restarts only what reads it.
 *
 * Another machine under the same name (`machine.identity`) replaces the step, so everything is placed anew.
 * When the machine goes with it (`machine.lifetime`), its `delete` is not run.
 */
export function step(args: StepArgs, opts: pulumi.CustomResourceOptions): command.remote.Command {
  const { machine, script } = args;
  const files = pulumi
    .all((args.files ?? []).map((file) => pulumi.output(file)))
    .apply((resolved) => renderSecrets(resolved));
  const lifetime = opts.deletedWith ?? machine.lifetime;
  const deletedWith = lifetime === undefined ? {} : { deletedWith: lifetime };
  return new command.remote.Command(
    args.about?.name ?? `${machine.name}-${script.name}`,
    {
      connection: {
        host: machine.address,
        port: machine.port,
        user: machine.user,
        privateKey: machine.privateKey,
        hostKey: machine.hostKey,
        dialErrorLimit: machine.dialErrorLimit,
        perDialTimeout: 15,
      },
      create: renderCommand(machine.user, script.name, script.create, args.prelude),
      ...(script.delete === undefined
        ? {}
        : { delete: renderCommand(machine.user, script.name, script.delete) }),
      ...(args.files === undefined ? {} : { stdin: pulumi.secret(files) }),
      triggers: [args.about?.identity ?? machine.identity],
      addPreviousOutputInEnv: false,
      ...(args.printsResult === true ? { logging: command.remote.Logging.Stderr } : {}),
    },
    {
      ...opts,
      // The official provider keeps what a command printed in the clear, whatever its inputs are. A step prints no secret that
      // we know of; what kubectl or a unit's journal says tomorrow is not ours to promise.
      additionalSecretOutputs: ["stdout", "stderr"],
      // A step has one place on its machine: the old one is undone before the new one is made.
      deleteBeforeReplace: true,
      customTimeouts: { create: "40m", update: "40m", delete: "10m" },
      ...deletedWith,
    },
  );
}
