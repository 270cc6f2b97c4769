import { homedir } from "node:os";
import { join, resolve } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** An absolute path from the environment; empty counts as unset, as the XDG base directory rules say. */
function fromEnvironment(env: Environment, own: string, xdg: string, home: string): string {
  const ownValue = env[own];
  if (ownValue) return resolve(ownValue);
  const xdgValue = env[xdg];
  return join(xdgValue?.startsWith("/") ? xdgValue : join(env.HOME ?? homedir(), home), "hardway");
}

/** Where everything stands that can be made again: parts, plugins, the mirror's blobs, logs. */
export function cacheDir(env: Environment = process.env): string {
  return fromEnvironment(env, "HARDWAY_CACHE", "XDG_CACHE_HOME", ".cache");
}

/** Where everything stands that can not be made again: Pulumi's state, its passphrase, the labs' disks. */
export function stateDir(env: Environment = process.env): string {
  return fromEnvironment(env, "HARDWAY_STATE", "XDG_STATE_HOME", ".local/state");
}

/** The checkout that this file belongs to. */
export const projectDir = resolve(import.meta.dirname, "..");

/** The part that `ownImage` is the file of. */
export const ownImageName = "own-image";

/** Files in the cache, by what they are. `cache` is absolute. */
export function cachePaths(cache: string = cacheDir()) {
  return {
    root: cache,
    /** Finished parts: parts/<part>/<key>/, made beside it and renamed into place. */
    parts: join(cache, "parts"),
    /** An image that a config gives by URL and hash: there only when its bytes have been compared with the hash. */
    ownImage: (sha256: string) => join(cache, "parts", ownImageName, sha256, "image.qcow2"),
    /** PULUMI_HOME: plugins, dynamic_tf_plugins. */
    pulumiHome: join(cache, "pulumi-home"),
    /** Content-addressed files: artefacts and the images' manifests, configs, layers. */
    blobs: join(cache, "mirror", "blobs"),
    /** Which blob is which artefact and image, and where it came from. */
    mirrorLock: join(cache, "mirror", "lock.json"),
    locks: join(cache, "locks"),
    logs: join(cache, "logs"),
    /** What the acceleration probe found. */
    acceleration: join(cache, "acceleration.json"),
  };
}

/** Files that belong to one lab (a stack of the program on this machine). */
export function labPaths(stack: string, state: string = stateDir()) {
  const root = join(state, "labs", stack);
  return {
    root,
    kubeconfig: join(root, "kubeconfig"),
    /** One for each person, by name. */
    kubeconfigs: join(root, "kubeconfigs"),
    log: join(root, "log"),
    lock: join(root, "lock"),
    /** What the `pulumi up` that runs has done so far; gone when it was looked at. */
    events: join(root, "events"),
    /** The isolated lab's own /etc, /var/lib, /var/log and /var/cache of libvirt. */
    isolated: join(root, "isolated"),
    mirrorPid: join(root, "mirror.pid"),
    ssh: join(root, "ssh"),
  };
}

/** The file backend's directory and the passphrase that encrypts the stacks' secrets. */
export function statePaths(state: string = stateDir()) {
  return { root: state, backend: join(state, "pulumi"), passphrase: join(state, "passphrase") };
}
