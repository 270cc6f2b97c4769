/** Interval at which a plugin checks whether its parent process still exists. */
const PARENT_POLL_MILLISECONDS = 500;

/** Time limit of the clean-up; the engine kills the process after 5 s. */
const CLEANUP_MILLISECONDS = 4_000;

/**
 * Ends this process on SIGINT or SIGTERM (the engine's way of ending plugins), when the parent has
 * died (SIGKILL closes nothing in order), or when `end` is called. `cleanup` runs first, once.
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
  // A write to a pipe without a reader: the parent has ended.
  process.stdout.on("error", end);
  process.stderr.on("error", end);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, PARENT_POLL_MILLISECONDS).unref();
  return { end };
}
