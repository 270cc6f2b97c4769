import { defineConfig } from "vitest/config";

/** Real machines: one file at a time, because each uses the whole machine. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    fileParallelism: false,
    // One process per file, because machines end with the process that started them.
    pool: "forks",
    testTimeout: 300_000,
    hookTimeout: 900_000,
    teardownTimeout: 60_000,
  },
});
