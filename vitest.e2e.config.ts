import { defineConfig } from "vitest/config";

/** Real machines: one file after the other, since each takes all that the host has. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    fileParallelism: false,
    // A process a file: machines end with the process that started them.
    pool: "forks",
    testTimeout: 300_000,
    hookTimeout: 900_000,
    teardownTimeout: 60_000,
  },
});
