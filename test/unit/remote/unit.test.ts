import { expect, test } from "vitest";
import { commandLine } from "../../../components/remote/unit.ts";

test("characters that systemd interprets are doubled, and a value that it would split is an error", () => {
  const flags = { "cors-allowed-origins": String.raw`^https://a\.example\.org$`, name: "100%" };
  expect(commandLine("/program", flags)).toBe(
    String.raw`/program \
  --cors-allowed-origins=^https://a\\.example\\.org$$ \
  --name=100%%`,
  );
  expect(() => commandLine("/program", { name: "a b" })).toThrow("systemd would read");
});
