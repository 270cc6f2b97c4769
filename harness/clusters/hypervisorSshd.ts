import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cacheDir } from "../../base/paths.ts";
import { run } from "../../base/run.ts";
import { enterIsolated } from "../../tools/place/isolatedLab.ts";
import { machineRootfs } from "../machines/rootfs.ts";

export interface SshdOptions {
  /** The isolated lab whose libvirt the SSH server exposes. */
  readonly stack: string;
  /** The directory for its files, created if it is missing. */
  readonly directory: string;
  /** An address in that lab's network. */
  readonly address: string;
  readonly port: number;
  /** The public key that can log in as root. */
  readonly authorizedKey: string;
}

export interface HypervisorSshd {
  /** One line, as in ssh_host_ed25519_key.pub. */
  readonly hostKey: string;
  stop(): Promise<void>;
}

/**
 * Without virt-ssh-helper, virsh runs `nc -U SOCKET` over SSH; container machines have only socat.
 */
const netcat = `#!/bin/sh
for socket; do :; done
exec socat - "UNIX-CONNECT:$socket"
`;

/** Starts an sshd beside the libvirt of an isolated lab, like on a remote hypervisor. */
export async function startHypervisorSshd(options: SshdOptions): Promise<HypervisorSshd> {
  const { stack, directory, address, port, authorizedKey } = options;
  const files = join(directory, "files");
  const mount = join(directory, "mount");
  for (const path of [mount, join(files, "etc/ssh"), join(files, "usr/local/bin")]) {
    await mkdir(path, { recursive: true });
  }
  const put = (path: string, content: string) => writeFile(join(files, path), content);
  const hostKey = join(files, "etc/ssh/hypervisor_key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", stack, "-f", hostKey]);
  await put("etc/ssh/hypervisor_users", `${authorizedKey}\n`);
  await put(
    "etc/ssh/sshd_hypervisor",
    `ListenAddress ${address}:${port}
HostKey /etc/ssh/hypervisor_key
AuthorizedKeysFile /etc/ssh/hypervisor_users
AuthenticationMethods publickey
PermitRootLogin prohibit-password
PidFile none
`,
  );
  await put("usr/local/bin/nc", netcat);
  await chmod(join(files, "usr/local/bin/nc"), 0o755);
  const script = join(import.meta.dirname, "hypervisorSshd.sh");
  const argv = await enterIsolated(
    stack,
    ["unshare", "--mount", "sh", script, await machineRootfs(cacheDir()), files, mount],
    "/",
  );
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...argv], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      if (line.startsWith("Server listening on")) resolve();
    });
    void ended.then(() => {
      reject(new Error(`sshd of ${stack} did not start:\n${lines.join("\n")}`));
    });
  });
  return {
    hostKey: (await readFile(`${hostKey}.pub`, "utf8")).trim(),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
