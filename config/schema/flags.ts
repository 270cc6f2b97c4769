import { z } from "zod";
import { type FlaggedProgram, flaggedPrograms } from "../../model/lab.ts";
import { managedFlagRemedy } from "../../model/managed/flags.ts";
import etcd from "../upstream/flags/etcd.json" with { type: "json" };
import apiServer from "../upstream/flags/kube-apiserver.json" with { type: "json" };
import controllerManager from "../upstream/flags/kube-controller-manager.json" with {
  type: "json",
};
import scheduler from "../upstream/flags/kube-scheduler.json" with { type: "json" };
import { expected, section } from "./values.ts";

/**
 * The programs that accept additional flags, each with the flags of its pinned version as recorded
 * by `recordFlags.ts`. kubelet and kube-proxy have config files instead.
 */
export const recordedFlags = {
  "kube-apiserver": apiServer,
  "kube-controller-manager": controllerManager,
  "kube-scheduler": scheduler,
  etcd,
} as const satisfies Record<FlaggedProgram, RecordedFlags>;

interface RecordedFlags {
  readonly version: string;
  /** Each flag's type, as named in its program's help. */
  readonly flags: Readonly<Record<string, string>>;
}

const flagValue = z.union(
  [z.string(), z.number(), z.boolean()],
  expected("a flag's value: text, a number, true or false", (input) =>
    Array.isArray(input) ? `; write "${input.join(",")}"` : "",
  ),
);

const flagsOf = (program: FlaggedProgram) => {
  const free = Object.keys(recordedFlags[program].flags).filter(
    (flag) => managedFlagRemedy(program, flag) === undefined,
  );
  return z
    .record(z.string(), flagValue, expected("a mapping of flags without their dashes, like v: 4"))
    .meta({ propertyNames: { enum: free } })
    .optional();
};

/**
 * Flags appended to hardway's own, each on its own line in the unit. `flagRules.ts` checks them.
 */
export const flagSettings = section(flaggedPrograms.join(", "), {
  "kube-apiserver": flagsOf("kube-apiserver"),
  "kube-controller-manager": flagsOf("kube-controller-manager"),
  "kube-scheduler": flagsOf("kube-scheduler"),
  etcd: flagsOf("etcd"),
}).meta({ id: "flags", description: "Command-line flags of components, see below" });
