import { execa } from "execa";
import { UserError } from "../../base/errors.ts";
import { run } from "../../base/run.ts";

/** A network namespace with a bridge, which exists as long as this process. */
export interface LabNetwork {
  /** The id of a process in the namespace. */
  readonly pid: number;
  /** A command prefix that enters the namespace without changing mounts, unlike `ip netns exec`. */
  readonly enter: readonly [string, ...string[]];
  stop(): Promise<void>;
}

/**
 * Creates the network of a lab.
 *
 * @param gateway the bridge's address with its prefix length, like 10.77.0.1/24
 */
export async function startNetwork(gateway: string): Promise<LabNetwork> {
  // The child keeps the namespace alive while it reads from this process's pipe, which closes at
  // the end of this process.
  const holder = execa("unshare", ["--net", "sh", "-c", "echo; exec cat >/dev/null"], {
    stdin: "pipe",
    stdout: "pipe",
    // In a separate session: Ctrl-C must reach only this program, which then stops everything in
    // order.
    detached: true,
    cleanup: false,
    reject: false,
  });
  const { pid } = holder;
  if (pid === undefined) throw new UserError(`unshare: ${(await holder).stderr}`);
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => {
      resolve();
    });
    void holder.then((ended) => {
      reject(new UserError(`unshare --net: ${ended.stderr}; container machines need root`));
    });
  });
  const enter = ["nsenter", `--net=/proc/${pid}/ns/net`, "--"] as const;
  const [command, ...args] = enter;
  const script = [
    "ip link set lo up",
    "ip link add br0 type bridge",
    `ip address add ${gateway} dev br0`,
    "ip link set br0 up",
  ].join(" && ");
  await run(command, [...args, "sh", "-c", script]);
  return {
    pid,
    enter,
    stop: async () => {
      holder.kill("SIGKILL");
      await holder;
    },
  };
}
