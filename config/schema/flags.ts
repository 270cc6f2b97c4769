import { z } from "zod";
import { type FlaggedProgram, flaggedPrograms } from "../../model/lab.ts";
import { ownedFlag } from "../rules/ownedFlags.ts";
import etcd from "../upstream/flags/etcd.json" with { type: "json" };
import apiServer from "../upstream/flags/kube-apiserver.json" with { type: "json" };
import controllerManager from "../upstream/flags/kube-controller-manager.json" with {
  type: "json",
};
import scheduler from "../upstream/flags/kube-scheduler.json" with { type: "json" };
import { expected, section } from "./values.ts";

/**
 * The programs whose command line a person may add to, each with the flags that the pinned one knows, as
 * `recordFlags.ts` records them. The kubelet and kube-proxy read a file instead, which has settings of its own.
 */
export const recordedFlags = {
  "kube-apiserver": apiServer,
  "kube-controller-manager": controllerManager,
  "kube-scheduler": scheduler,
  etcd,
} as const satisfies Record<FlaggedProgram, RecordedFlags>;

interface RecordedFlags {
  readonly version: string;
  /** Each flag's type, in its program's own words. */
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
    (flag) => ownedFlag(program, flag) === undefined,
  );
  return z
    .record(z.string(), flagValue, expected("a mapping of flags without their dashes, like v: 4"))
    .meta({ propertyNames: { enum: free } })
    .optional();
};

/** Flags that come behind the program's own, each on a line of its own in the unit. What they may be, `flagRules.ts` says. */
export const flagSettings = section(flaggedPrograms.join(", "), {
  "kube-apiserver": flagsOf("kube-apiserver"),
  "kube-controller-manager": flagsOf("kube-controller-manager"),
  "kube-scheduler": flagsOf("kube-scheduler"),
  etcd: flagsOf("etcd"),
}).meta({ id: "flags", description: "Command-line flags of components, see below" });
