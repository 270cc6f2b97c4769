import tseslint from "typescript-eslint";

// Biome formats and finds the plain mistakes; ESLint adds only the rules that need types:
// an Output in a template string, a floating promise, a condition on an object.
export default tseslint.config(
  { ignores: ["sdks/**", "node_modules/**", "coverage/**", "eslint.config.js"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        // Values of the model that `toString` writes as the config has them.
        {
          allowNumber: true,
          allow: [
            { from: "file", name: ["Ipv4Address", "Ipv4Network", "RegistryMirror", "Taint"] },
          ],
        },
      ],
      // `a && b()` hides a branch.
      "@typescript-eslint/no-unused-expressions": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
);
