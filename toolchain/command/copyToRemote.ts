import { readdir, stat } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import type { Client, SFTPWrapper } from "ssh2";
import type { Operation } from "../rpc/provider.ts";
import type { Asset } from "../rpc/value.ts";
import { addressOf, type Connection } from "./connection.ts";
import type { ConnectionPool } from "./connectionPool.ts";
import { RemoteFiles } from "./remoteFiles.ts";
import { unlessAborted } from "./unlessAborted.ts";
import { Unstarted } from "./unstarted.ts";

export interface Copy {
  readonly connection: Connection;
  readonly source: Asset;
  readonly remotePath: string;
}

/**
 * Copies a file, a text or a directory to a host, with the official plugin's rules for the target:
 *
 * | source | the remote path is a directory | does not exist | is a file   |
 * |--------|--------------------------------|----------------|-------------|
 * | dir    | path/dir                       | path/dir       | an error    |
 * | dir/   | the contents of dir            | contents of dir | an error    |
 * | file   | path/file                      | path           | overwritten |
 * | text   | an error                       | path           | overwritten |
 */
export async function copyToRemote(
  { connection, source, remotePath }: Copy,
  { pool, operation }: { pool: ConnectionPool; operation: Operation },
): Promise<void> {
  const { signal } = operation;
  const use = (client: Client) => unlessAborted(copyWith(client, source, remotePath), signal);
  try {
    await pool.get(connection).use(use, {
      limit: connection.dialErrorLimit,
      signal,
      onFailure: () => undefined,
    });
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    throw new Error(`${addressOf(connection)}: ${error.message}`, { cause: error });
  }
}

async function copyWith(client: Client, source: Asset, remotePath: string): Promise<void> {
  const sftp = await openSftp(client);
  try {
    const files = new RemoteFiles(sftp);
    if (typeof source.path === "string") await copyPath(files, source.path, remotePath);
    else if (typeof source.text === "string") await copyText(files, source.text, remotePath);
    else throw new Error("source: expected a FileAsset, a StringAsset or a FileArchive");
  } finally {
    sftp.end();
  }
}

function openSftp(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    try {
      client.sftp((error, sftp) => {
        if (error) reject(new Unstarted(error));
        else resolve(sftp);
      });
    } catch (error) {
      reject(new Unstarted(error as Error));
    }
  });
}

async function copyText(files: RemoteFiles, text: string, path: string): Promise<void> {
  if ((await files.kind(path)) === "directory") {
    throw new Error(`${path} is a directory; a text needs the path of a file`);
  }
  await files.makeDirectories(posix.dirname(path));
  await files.write(path, text);
}

async function copyPath(files: RemoteFiles, local: string, path: string): Promise<void> {
  const isDirectory = (await stat(local)).isDirectory();
  const found = await files.kind(path);
  if (!isDirectory) {
    const target = found === "directory" ? posix.join(path, basename(local)) : path;
    if (found === undefined) await files.makeDirectories(posix.dirname(path));
    await files.put(local, target);
    return;
  }
  const target = local.endsWith("/") ? path : posix.join(path, basename(local));
  await files.makeDirectories(target);
  await copyDirectory(files, local, target);
}

async function copyDirectory(files: RemoteFiles, local: string, path: string): Promise<void> {
  for (const entry of await readdir(local, { withFileTypes: true })) {
    const from = join(local, entry.name);
    const to = posix.join(path, entry.name);
    if ((await stat(from)).isDirectory()) {
      await files.makeDirectories(to);
      await copyDirectory(files, from, to);
    } else {
      await files.put(from, to);
    }
  }
}
