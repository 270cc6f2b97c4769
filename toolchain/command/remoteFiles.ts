import { posix } from "node:path";
import type { SFTPWrapper, Stats } from "ssh2";

/** SFTP's status for a path that does not exist. */
const NO_SUCH_FILE = 2;

/** Files on a host, over SFTP; errors name the remote path. */
export class RemoteFiles {
  readonly #sftp: SFTPWrapper;

  constructor(sftp: SFTPWrapper) {
    this.#sftp = sftp;
  }

  /** The kind of file at the path; undefined if there is none. */
  async kind(path: string): Promise<"directory" | "file" | undefined> {
    const stats = await new Promise<Stats | undefined>((resolve, reject) => {
      this.#sftp.stat(path, (error, found) => {
        if (!error) resolve(found);
        else if ((error as Error & { code?: number }).code === NO_SUCH_FILE) resolve(undefined);
        else reject(inPlace(path, error));
      });
    });
    if (stats === undefined) return undefined;
    return stats.isDirectory() ? "directory" : "file";
  }

  /** Creates a directory and its parents if they are missing. */
  async makeDirectories(path: string): Promise<void> {
    const found = await this.kind(path);
    if (found === "directory") return;
    if (found === "file") throw new Error(`${path} exists but is not a directory`);
    await this.makeDirectories(posix.dirname(path));
    const error = await this.#try((done) => {
      this.#sftp.mkdir(path, done);
    });
    // A parallel copy may have created it, which the server reports as a plain failure.
    if (error && (await this.kind(path)) !== "directory") throw inPlace(path, error);
  }

  /** Writes a text; overwrites an existing file. */
  async write(path: string, text: string): Promise<void> {
    const error = await this.#try((done) => {
      this.#sftp.writeFile(path, text, done);
    });
    if (error) throw inPlace(path, error);
  }

  /** Copies a local file; overwrites an existing remote file. */
  async put(local: string, path: string): Promise<void> {
    const error = await this.#try((done) => {
      this.#sftp.fastPut(local, path, done);
    });
    if (error) throw inPlace(path, error);
  }

  /** Resolves with the error of an SFTP call, if any. */
  #try(call: (done: (error?: Error | null) => void) => void): Promise<Error | undefined> {
    return new Promise((resolve) => {
      call((error) => {
        resolve(error ?? undefined);
      });
    });
  }
}

function inPlace(path: string, error: Error): Error {
  return new Error(`${path}: ${error.message}`, { cause: error });
}
