import { isIP } from "node:net";
import { UserError } from "../../../base/errors.ts";
import { cacheDir } from "../../../base/paths.ts";
import type { Session } from "../../../base/session.ts";
import { columns } from "../../../base/textTable.ts";
import { listenWhenThere } from "../../../mirror/listen.ts";
import { createMirror } from "../../../mirror/server.ts";
import { hasBlob, readMirrorLock } from "../../../mirror/store.ts";
import { type ArtifactSource, artifactKey, artifacts, images } from "../../../model/versions.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import { syncMirror } from "../../setup/syncMirror.ts";
import type { Implementation, Invocation } from "../labCommand.ts";

/** `lab mirror` */
export const runCommand: Implementation["runCommand"] = async (session, invocation) => {
  const [action = ""] = invocation.positionals;
  switch (action) {
    case "list":
      process.stdout.write(`${await listing()}\n`);
      return 0;
    case "sync":
      await syncMirror(session, await readLabConfig(session.stack));
      return 0;
    case "serve":
      return serve(session, invocation);
    default:
      throw new UserError(`./lab mirror takes list, sync or serve, got ${action}`);
  }
};

async function listing(): Promise<string> {
  const cache = cacheDir();
  const lock = await readMirrorLock(cache);
  const state = async (entry: { source: string } | undefined, sha256: string, size?: number) =>
    entry !== undefined && (await hasBlob(cache, sha256, size)) ? entry.source : "missing";
  const files = Object.entries<ArtifactSource>(artifacts).map(async ([name, source]) => {
    const key = artifactKey(name, source);
    const entry = lock.artifacts[key];
    const sha256 = entry?.sha256 ?? source.sha256 ?? "";
    return [key, await state(entry, sha256, entry?.size), sha256 || "-", source.url];
  });
  const pulled = Object.values(images).map(async (ref) => {
    const entry = lock.images[ref];
    const sha256 = entry?.digest.slice("sha256:".length) ?? "";
    return [ref, await state(entry, sha256, entry?.size), sha256 || "-", ref];
  });
  const rows = await Promise.all([...files, ...pulled]);
  return columns([["ARTEFACT", "SOURCE", "SHA256", "URL"], ...rows]);
}

async function serve(
  { stack, signal, terminal }: Session,
  { options }: Invocation,
): Promise<number> {
  const address = typeof options.address === "string" ? addressOf(options.address) : "127.0.0.1";
  const port =
    typeof options.port === "string"
      ? portOf(options.port)
      : (await readLabConfig(stack)).lab.mirrorPort;
  const server = createMirror(cacheDir());
  const onWait = (message: string) => terminal.say(`${message}; Ctrl-C stops it`);
  await listenWhenThere(server, { address, port, signal, onWait });
  terminal.say(`serving ${cacheDir()} at http://${address}:${port}; Ctrl-C stops it`);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  server.close();
  server.closeAllConnections();
  return 0;
}

function addressOf(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new UserError(`--address ${text}: expected an IP address of this machine, like 127.0.0.1`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new UserError(`--port ${text}: expected a TCP port, 1 to 65535`);
}
