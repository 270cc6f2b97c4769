import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{unit,program,toolchain}/**/*.test.ts"],
    // Bounds, not expectations: a machine that does other things beside may be ten times slower.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
