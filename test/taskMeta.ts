import "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Rows of docs/checklist.md that the test shows. */
    readonly rows?: readonly string[];
  }
}
