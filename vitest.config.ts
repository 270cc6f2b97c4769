import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{unit,program,toolchain}/**/*.test.ts"],
    // Bounds, not expectations: a machine that does other things beside may be ten times slower.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      // Files that no test loads count as uncovered.
      include: [
        "{base,model,config,plan,cloudinit,components,mirror,toolchain,tools}/**/*.ts",
        "index.ts",
      ],
      reporter: ["text-summary", "html"],
    },
  },
});
