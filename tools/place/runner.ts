import type { RunResult } from "../../base/run.ts";

/** Runs a command here or in the lab's namespaces, wherever its libvirt is. */
export type Runner = (argv: readonly string[]) => Promise<RunResult>;
