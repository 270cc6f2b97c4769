// The rooms of docs/architecture, from the ground up. A file imports from its own room and from rooms below it.
// `./lab test` runs this check; type-only imports count too.
const rooms = [
  "base",
  "model",
  "config",
  "plan",
  "cloudinit",
  "components",
  "mirror",
  "toolchain",
  "tools",
  "harness",
];

const upward = rooms.map((room, index) => ({
  name: `${room}-imports-down`,
  comment: `${room}/ imports from ${rooms.slice(0, index + 1).join("/, ")}/ only`,
  severity: "error",
  from: { path: `^${room}/` },
  to: { path: `^(${[...rooms.slice(index + 1), "test", "bench", "docs", "examples"].join("|")})/` },
}));

export default {
  forbidden: [
    ...upward,
    {
      name: "no-cycles",
      comment:
        "Two files that import each other, directly or through others, are one file or need a third below them",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "pure-below-components",
      comment: "Config, plan and cloud-init know no engine",
      severity: "error",
      from: { path: "^(base|model|config|plan|cloudinit)/" },
      to: { path: "node_modules/@pulumi/" },
    },
    {
      name: "run-time-packages-are-dependencies",
      comment:
        "`./lab up` works after `npm ci --omit=dev`: it imports packages of `dependencies` only (types may come from @types/)",
      severity: "error",
      from: {
        // Run by `./lab test` only.
        pathNot: "^tools/lint/",
        path: `^(index\\.ts$|(${[...rooms, "examples"].filter((room) => room !== "harness").join("|")})/)`,
      },
      to: {
        dependencyTypes: ["npm-dev", "npm-optional", "npm-no-pkg", "npm-unknown", "unknown"],
        pathNot: "node_modules/@types/",
      },
    },
    {
      name: "imports-resolve",
      comment: "Each import names a file or a package that is installed",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "examples-stand-alone",
      comment: "A program that uses a lab is another project: it imports packages only",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(?!examples/|node_modules/|sdks/)", dependencyTypesNot: ["core"] },
    },
    {
      name: "tests-import-nothing-back",
      comment: "Nothing but tests imports a test",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { path: "^test/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^sdks/", "^toolchain/go/"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node"],
    },
  },
};
