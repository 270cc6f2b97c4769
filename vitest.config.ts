import { configDefaults, defineConfig } from "vitest/config";

const pureRooms = ["test/unit/{config,plan}/**/*.test.ts"];

export default defineConfig({
  test: {
    // `npx vitest --project pure` watches the tests of the parser and the plan: seconds per run.
    projects: [
      {
        extends: true,
        test: {
          name: "pure",
          include: pureRooms,
          // These tests change nothing that another of their files reads, so the files of a worker
          // share modules, which halves the CPU time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "others",
          include: ["test/{unit,program,toolchain}/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...pureRooms],
          globalSetup: "harness/program/shareRecordings.ts",
        },
      },
    ],
    // Upper bounds, not expectations: a busy machine may be ten times slower.
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
