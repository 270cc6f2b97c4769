import { homedir } from "node:os";
import { join, resolve } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * An absolute path from the environment. An empty value counts as unset, as in the XDG base
 * directory specification.
 */
function fromEnvironment(env: Environment, own: string, xdg: string, home: string): string {
  const ownValue = env[own];
  if (ownValue) return resolve(ownValue);
  const xdgValue = env[xdg];
  return join(xdgValue?.startsWith("/") ? xdgValue : join(env.HOME ?? homedir(), home), "hardway");
}

/** The directory of everything that can be recreated: parts, plugins, the mirror's blobs, logs. */
export function cacheDir(env: Environment = process.env): string {
  return fromEnvironment(env, "HARDWAY_CACHE", "XDG_CACHE_HOME", ".cache");
}

/**
 * The directory of everything that cannot be recreated: Pulumi's state, its passphrase, the labs'
 * disks.
 */
export function stateDir(env: Environment = process.env): string {
  return fromEnvironment(env, "HARDWAY_STATE", "XDG_STATE_HOME", ".local/state");
}

/** The checkout that this file belongs to. */
export const projectDir = resolve(import.meta.dirname, "..");

/** The part that contains `ownImage`. */
export const ownImageName = "own-image";

/** Paths in the cache. `cache` is absolute. */
export function cachePaths(cache: string = cacheDir()) {
  return {
    root: cache,
    /** Finished parts, parts/<part>/<key>/, each created in a temporary directory and renamed. */
    parts: join(cache, "parts"),
    /** An image given by URL and hash; exists only after its hash was checked. */
    ownImage: (sha256: string) => join(cache, "parts", ownImageName, sha256, "image.qcow2"),
    /** PULUMI_HOME: plugins, dynamic_tf_plugins. */
    pulumiHome: join(cache, "pulumi-home"),
    /** Content-addressed files: artifacts, and manifests, configs and layers of images. */
    blobs: join(cache, "mirror", "blobs"),
    /** Maps each artifact and image to its blob and source. */
    mirrorLock: join(cache, "mirror", "lock.json"),
    /** Results of dry runs, by a hash of the program and its config. */
    dryRuns: join(cache, "dry-runs"),
    locks: join(cache, "locks"),
    logs: join(cache, "logs"),
    /** The result of the acceleration probe. */
    acceleration: join(cache, "acceleration.json"),
  };
}

/** Paths of one lab, which is a stack of the program on this machine. */
export function labPaths(stack: string, state: string = stateDir()) {
  const root = join(state, "labs", stack);
  return {
    root,
    kubeconfig: join(root, "kubeconfig"),
    /** One file for each user in the config, by name. */
    kubeconfigs: join(root, "kubeconfigs"),
    log: join(root, "log"),
    lock: join(root, "lock"),
    /** Events of the running `pulumi up`, without values; deleted after they are read. */
    events: join(root, "events"),
    /** A pipe: what pulumi writes contains secrets, so no file holds it. */
    eventPipe: join(root, "events.pipe"),
    /** The isolated lab's /etc, /var/lib, /var/log and /var/cache of libvirt. */
    isolated: join(root, "isolated"),
    mirrorPid: join(root, "mirror.pid"),
    ssh: join(root, "ssh"),
  };
}

/** The file backend's directory, and the passphrase of the stacks' secrets. */
export function statePaths(state: string = stateDir()) {
  return { root: state, backend: join(state, "pulumi"), passphrase: join(state, "passphrase") };
}
