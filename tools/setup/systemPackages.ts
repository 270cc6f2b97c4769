import { stat } from "node:fs/promises";
import { messageOf, UserError } from "../../base/errors.ts";
import { withLock } from "../../base/fileLock.ts";
import { findCommand, findFirstCommand } from "../../base/findCommand.ts";
import { poll } from "../../base/poll.ts";
import { run, tryRun } from "../../base/run.ts";
import { confirm, type Session } from "../../base/session.ts";
import { mayUseSudo } from "../../base/sudo.ts";
import type { Part } from "../../toolchain/part.ts";
import { installCommands, type Manager, managers, type PackageNeed } from "./packages.ts";

/** Prevents Debian's packages from asking questions. */
const quiet = ["DEBIAN_FRONTEND", "noninteractive"] as const;

/** The lock that lets one part or run at a time use the package manager. */
const packageLock = "/var/lib/hardway-packages";

/**
 * apt's error while another apt holds the package lists, for which `DPkg::Lock::Timeout` does not
 * wait.
 */
const locked = /Could not get lock/;

async function isThere({ test }: PackageNeed): Promise<boolean> {
  if ("file" in test) return (await stat(test.file).catch(() => undefined)) !== undefined;
  return (await findFirstCommand(test.commands)) !== undefined;
}

async function missingOf(needs: readonly PackageNeed[]): Promise<PackageNeed[]> {
  const there = await Promise.all(needs.map(isThere));
  return needs.filter((_, index) => there[index] !== true);
}

/** This machine's package manager. @throws UserError if it is not supported */
async function findManager(): Promise<Manager> {
  for (const manager of managers) if (await findCommand(manager)) return manager;
  throw new UserError({
    place: "system packages",
    found: "no supported package manager",
    expected: `one of ${managers.join(", ")}`,
    remedy: "install qemu, libvirt, dnsmasq, xsltproc, iproute2 and ssh by hand",
  });
}

/** The names to install; optional ones, with `?`, only if the distribution has them. */
export async function packageNames(
  manager: Manager,
  needs: readonly PackageNeed[],
  exists: (name: string) => Promise<boolean>,
): Promise<string[]> {
  const names: string[] = [];
  for (const name of new Set(needs.flatMap((need) => need.packages[manager]))) {
    if (!name.endsWith("?")) names.push(name);
    else if (await exists(name.slice(0, -1))) names.push(name.slice(0, -1));
  }
  return names;
}

/** Repeats apt while another apt holds the lists, as the automatic update of a new machine does. */
export async function whenFree(
  command: () => Promise<unknown>,
  signal: AbortSignal,
  everyMs = 2000,
): Promise<void> {
  const once = async () => {
    try {
      await command();
      return true;
    } catch (error) {
      if (locked.test(messageOf(error))) return undefined;
      throw error;
    }
  };
  await poll(once, { what: "another apt to end", withinMs: 5 * 60_000, everyMs, signal });
}

/**
 * Packages of the distribution. Installing them needs root, or sudo with the user's consent:
 * `--yes` or a yes at the terminal.
 */
export function systemPackages(
  name: string,
  describe: string,
  needs: readonly PackageNeed[],
  session: Session,
): Part {
  const root = process.getuid?.() === 0;
  /**
   * The remaining commands. Computed again after each, since the first one updates the package
   * lists, which decide about the names.
   */
  const plan = async (): Promise<string[][]> => {
    const manager = await findManager();
    const missing = await missingOf(needs);
    if (missing.length === 0) return [];
    const exists = async (candidate: string) =>
      (await tryRun("apt-cache", ["show", candidate])).failure === "";
    const names = await packageNames(manager, missing, exists);
    const commands = installCommands(manager, names);
    return root ? commands : commands.map((command) => ["sudo", quiet.join("="), ...command]);
  };
  return {
    name,
    describe,
    from: "the distribution's packages",
    present: async () => (await missingOf(needs)).length === 0,
    consent: async () => {
      if (root) return;
      const shown = (await plan()).map((command) => command.join(" ")).join(" && ");
      if (!(await confirm(session, `${describe} are missing. Run ${shown}?`))) {
        throw new UserError(`${name}: not installed; run ${shown}`);
      }
      if (await mayUseSudo(session)) return;
      throw new UserError({
        place: name,
        found: "no permission from sudo",
        expected: "your password, and permission to install packages",
        remedy: `run ${shown}, or ask an administrator to run it`,
      });
    },
    bring: async ({ signal, report }) => {
      const options = {
        log: session.log,
        signal,
        env: { [quiet[0]]: quiet[1] },
        timeoutMs: 30 * 60_000,
      };
      await withLock(packageLock, { what: describe, signal }, async () => {
        for (let done = 0; ; done += 1) {
          const [command, ...args] = (await plan())[done] ?? [];
          if (command === undefined) return;
          report([command, ...args].join(" "));
          await whenFree(() => run(command, args, options), signal);
        }
      });
    },
    check: async () => {
      const missing = await missingOf(needs);
      if (missing.length === 0) return;
      throw new UserError({
        place: name,
        found: `no ${missing.map(({ what }) => what).join("; no ")}`,
        expected: "installed files after the installation of the packages",
        remedy: "install them by hand",
      });
    },
  };
}
