/** How often a plugin looks whether the process that started it is still there. */
const PARENT_POLL_MILLISECONDS = 500;

/** How long cleaning up may take before the process ends all the same; the engine kills it after 5 s. */
const CLEANUP_MILLISECONDS = 4_000;

/**
 * Ends this process once it has no use any more: on SIGINT or SIGTERM (how the engine ends its plugins), when the
 * parent has died (also by SIGKILL, which closes nothing in order), or when `end` is called. `cleanup` runs first, once.
 */
export function endWithParent(cleanup: () => Promise<void> | void): { end: () => void } {
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => process.exit(0), CLEANUP_MILLISECONDS);
    void Promise.resolve()
      .then(cleanup)
      .catch(() => undefined)
      .then(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  // A write to a pipe that nobody reads any more: the parent is gone.
  process.stdout.on("error", end);
  process.stderr.on("error", end);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, PARENT_POLL_MILLISECONDS).unref();
  return { end };
}
