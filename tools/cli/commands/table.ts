import type { Command } from "./command.ts";

interface Entry {
  /** One line for `./lab --help`. */
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

/** Every command, in the order of the help. Loaded when used: a command that needs little starts quickly. */
export const commands = {
  up: { summary: "make the lab, or bring it to its config", load: () => import("./up.ts") },
  preview: { summary: "show what up would change", load: () => import("./preview.ts") },
  refresh: { summary: "look at what is really there", load: () => import("./refresh.ts") },
  destroy: { summary: "take the lab away", load: () => import("./destroy.ts") },
  output: { summary: "show the stack's outputs", load: () => import("./output.ts") },
  status: { summary: "mode, acceleration, mirror, nodes", load: () => import("./status.ts") },
  kubectl: { summary: "kubectl on the lab's cluster", load: () => import("./kubectl.ts") },
  ssh: { summary: "log in to a node", load: () => import("./ssh.ts") },
  console: { summary: "a node's serial console", load: () => import("./console.ts") },
  kubeconfig: {
    summary: "write a kubeconfig: the admin's or a person's",
    load: () => import("./kubeconfig.ts"),
  },
  shell: {
    summary: "a shell in which pulumi and virsh just work",
    load: () => import("./shell.ts"),
  },
  mirror: { summary: "list, fetch or serve artefacts", load: () => import("./mirror.ts") },
  setup: { summary: "bring what this machine lacks", load: () => import("./setup.ts") },
  test: { summary: "lint, types and tests", load: () => import("./test.ts") },
} as const satisfies Record<string, Entry>;

export type CommandName = keyof typeof commands;

/** The command's entry, if there is one of that name. */
export function findCommandEntry(name: string): Entry | undefined {
  return Object.hasOwn(commands, name) ? commands[name as CommandName] : undefined;
}
