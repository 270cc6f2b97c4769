import fs from "node:fs";
import ssh2, { type SFTPWrapper } from "ssh2";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** Serves this machine's files with the part of SFTP that copying needs. */
export function serveSftp(sftp: SFTPWrapper): void {
  const status = (id: number, error?: NodeJS.ErrnoException | null) => {
    if (!error) sftp.status(id, STATUS_CODE.OK);
    else if (error.code === "ENOENT") sftp.status(id, STATUS_CODE.NO_SUCH_FILE, error.message);
    else if (error.code === "EACCES") sftp.status(id, STATUS_CODE.PERMISSION_DENIED);
    else sftp.status(id, STATUS_CODE.FAILURE);
  };
  const attempt = (id: number, body: () => void) => {
    try {
      body();
    } catch (error) {
      status(id, error as NodeJS.ErrnoException);
    }
  };
  const handles = new Map<string, number>();
  const fileOf = (handle: Buffer) => handles.get(handle.toString()) ?? -1;
  const attributes = (stats: fs.Stats) => ({
    mode: stats.mode,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    atime: 0,
    mtime: 0,
  });
  sftp.on("OPEN", (id, path, flags) => {
    attempt(id, () => {
      const file = fs.openSync(path, (flags & OPEN_MODE.WRITE) === 0 ? "r" : "w");
      handles.set(String(file), file);
      sftp.handle(id, Buffer.from(String(file)));
    });
  });
  sftp.on("WRITE", (id, handle, offset, data) => {
    attempt(id, () => {
      fs.writeSync(fileOf(handle), data, 0, data.length, offset);
      status(id);
    });
  });
  sftp.on("CLOSE", (id, handle) => {
    attempt(id, () => {
      fs.closeSync(fileOf(handle));
      status(id);
    });
  });
  for (const event of ["STAT", "LSTAT"] as const) {
    sftp.on(event, (id: number, path: string) => {
      attempt(id, () => {
        sftp.attrs(id, attributes(fs.statSync(path)));
      });
    });
  }
  sftp.on("FSTAT", (id, handle) => {
    attempt(id, () => {
      sftp.attrs(id, attributes(fs.fstatSync(fileOf(handle))));
    });
  });
  sftp.on("MKDIR", (id, path) => {
    attempt(id, () => {
      fs.mkdirSync(path);
      status(id);
    });
  });
  sftp.on("SETSTAT", (id) => {
    status(id);
  });
  sftp.on("FSETSTAT", (id) => {
    status(id);
  });
}
