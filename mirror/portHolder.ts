import { readdir, readFile, readlink } from "node:fs/promises";

/** `nginx (pid 812)`: who listens at a TCP port here; undefined if this user cannot find out. */
export async function portHolder(port: number): Promise<string | undefined> {
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => textOf(`/proc/net/${name}`)));
  const sockets = tables.flatMap((table) => listenersIn(table, port));
  if (sockets.length === 0) return undefined;
  for (const pid of await namesIn("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const open = await namesIn(`/proc/${pid}/fd`);
    const links = open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""));
    if ((await Promise.all(links)).some((link) => sockets.includes(link))) {
      return `${(await textOf(`/proc/${pid}/comm`)).trim()} (pid ${pid})`;
    }
  }
  return undefined;
}

/** The sockets that listen at this port, as `/proc/PID/fd` shows them. proc_net_tcp(5). */
const listenersIn = (table: string, port: number): string[] =>
  table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    const isListening = state === "0A" && Number.parseInt(local.split(":")[1] ?? "", 16) === port;
    return isListening ? [`socket:[${inode}]`] : [];
  });

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
const namesIn = (path: string): Promise<string[]> => readdir(path).catch(() => []);
