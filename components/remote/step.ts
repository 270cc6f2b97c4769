import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../base/errors.ts";
import { stepResource } from "../../model/names.ts";
import type { Machine } from "./machine.ts";
import { renderCommand, renderSecrets, type SecretFile, type StepScript } from "./script.ts";

export interface StepArgs {
  readonly machine: Machine;
  readonly script: StepScript;
  /** @default NODE-STEP */
  readonly resourceName?: string;
  /** A new value replaces the step. @default the machine's identity */
  readonly identity?: Machine["identity"];
  /**
   * Replacing one of these replaces the step too: it is removed before them, installed after them.
   */
  readonly replacedWith?: readonly pulumi.CustomResource[];
  /** Sent over standard input: never in the script, a diff or a log. */
  readonly files?: readonly SecretFile<pulumi.Input<string>>[];
  /** Standard output is the step's result, so `up` does not show it line by line. */
  readonly printsResult?: boolean;
  /** Replaces reading `step.sh` on the node; only for the step that places that file. */
  readonly prelude?: string;
}

/**
 * The identity, made to depend on other resources: the engine replaces a resource together with
 * those that its inputs depend on. The value itself is unchanged, so other changes of these
 * resources have no effect.
 */
function dependingOn(
  identity: Machine["identity"],
  others: readonly pulumi.CustomResource[],
): Machine["identity"] {
  return others.length === 0
    ? identity
    : pulumi.all([identity, ...others.map(({ id }) => id)]).apply(([own = ""]) => own);
}

/** @throws pulumi.RunError, which prints without a stack trace, if the config makes it too long */
function commandOf(...args: Parameters<typeof renderCommand>): string {
  try {
    return renderCommand(...args);
  } catch (error) {
    throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
  }
}

/**
 * The step: one component's files, unit and health on one node. Once it is created, the component
 * runs with these files and is healthy. Run again, it changes what differs and restarts only what
 * reads it.
 *
 * A new machine under the same name (`machine.identity`) replaces the step, so everything is
 * installed again. If the machine is deleted with it (`machine.lifetime`), its `delete` is not run.
 */
export function step(args: StepArgs, opts: pulumi.CustomResourceOptions): command.remote.Command {
  const { machine, script } = args;
  const files = pulumi
    .all((args.files ?? []).map((file) => pulumi.output(file)))
    .apply((resolved) => renderSecrets(resolved));
  const lifetime = opts.deletedWith ?? machine.lifetime;
  const deletedWith = lifetime === undefined ? {} : { deletedWith: lifetime };
  return new command.remote.Command(
    args.resourceName ?? stepResource(machine.name, script.name),
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
      create: commandOf(machine.user, script.name, `${script.create}finish\n`, args.prelude),
      ...(script.delete === undefined
        ? {}
        : { delete: commandOf(machine.user, script.name, `${script.delete}forget\n`) }),
      ...(args.files === undefined ? {} : { stdin: pulumi.secret(files) }),
      triggers: [dependingOn(args.identity ?? machine.identity, args.replacedWith ?? [])],
      addPreviousOutputInEnv: false,
      ...(args.printsResult === true ? { logging: command.remote.Logging.Stderr } : {}),
    },
    {
      ...opts,
      // The official provider stores a command's output unencrypted, even if its inputs are secret.
      // No known step prints a secret, but kubectl or a unit's journal might in the future.
      additionalSecretOutputs: ["stdout", "stderr"],
      // A step has one place on its machine: the old one is removed before the new one is created.
      deleteBeforeReplace: true,
      customTimeouts: { create: "40m", update: "40m", delete: "10m" },
      ...deletedWith,
    },
  );
}
