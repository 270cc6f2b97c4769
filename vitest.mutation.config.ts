import { configDefaults, defineConfig } from "vitest/config";

/** The tests of the rules, for Stryker, without those that need Git or try thousands of configs. */
export default defineConfig({
  test: {
    include: ["test/unit/config/**/*.test.ts", "test/unit/plan/scheduling.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      "test/unit/config/{mutations,properties,unfitValues,projectFile,stackConfigs}.test.ts",
    ],
    isolate: false,
    testTimeout: 120_000,
  },
});
