import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { renderKubeconfig } from "../../../components/pki/kubeconfig.ts";
import { mergedKubeconfig } from "../../../tools/access/mergedKubeconfig.ts";
import { mergeKubeconfig } from "../../../tools/access/mergeKubeconfig.ts";
import { describeEnd, personKubeconfig } from "../../../tools/access/userAccess.ts";
import { temporaryDirectory } from "./temporary.ts";

const kubeconfig = (user: string, key = "key", server = "https://10.17.0.11:6443") =>
  renderKubeconfig({
    cluster: "dev",
    server,
    user,
    context: user,
    credentials: { authority: "authority", cert: "certificate", key },
  });
const alice = kubeconfig("alice@dev");

const mine = `# Work. Ask Grace before touching.
apiVersion: v1
kind: Config
current-context: work
clusters:
  - name: work # behind the VPN
    cluster: { server: "https://work.example.org" }
contexts:
  - name: work
    context:
      cluster: work
      user: grace
users:
  - name: grace
    user:
      token: "0123"
preferences: {}
`;

interface Kubeconfig {
  readonly clusters: { name: string; cluster: { server: string } }[];
  readonly users: { name: string; user: Record<string, string> }[];
  readonly contexts: { name: string }[];
  readonly "current-context": string;
}
const read = (text: string) => parse(text) as Kubeconfig;
const names = (text: string) => {
  const { clusters, users, contexts } = read(text);
  return [clusters, users, contexts].map((list) => list.map(({ name }) => name).join(" "));
};

describe("the user's kubeconfig", () => {
  test("keeps every line that it had, comments too, and its current context", {
    meta: { rows: ["S1-35"] },
  }, () => {
    const merged = mergedKubeconfig(mine, alice, "dev", "config");
    const added = merged.split("\n").filter((line) => !mine.split("\n").includes(line));
    expect(mine.split("\n").filter((line) => !merged.split("\n").includes(line))).toEqual([]);
    expect(added.join("\n")).not.toMatch(/work|grace/);
    expect(names(merged)).toEqual(["work dev", "grace alice@dev", "work alice@dev"]);
    expect(read(merged)["current-context"]).toBe("work");
  });

  test("that is not there yet, or empty, becomes a whole one, with a current context", () => {
    for (const text of ["", "# mine\n", "apiVersion: v1\nclusters: null\nusers: []\n"]) {
      const merged = mergedKubeconfig(text, alice, "dev", "config");
      expect(names(merged)).toEqual(["dev", "alice@dev", "alice@dev"]);
      expect(read(merged)).toMatchObject({ apiVersion: "v1", "current-context": "alice@dev" });
      expect(merged).toContain(text.startsWith("#") ? text : "apiVersion: v1\n");
      expect(merged).not.toContain("[");
    }
  });

  test("has an entry once, however often it is merged, and as it is now", () => {
    const once = mergedKubeconfig(mine, alice, "dev", "config");
    expect(mergedKubeconfig(once, alice, "dev", "config")).toBe(once);
    const renewed = mergedKubeconfig(once, kubeconfig("alice@dev", "new"), "dev", "config");
    expect(names(renewed)).toEqual(names(once));
    const key = read(renewed).users.at(-1)?.user["client-key-data"] ?? "";
    expect(Buffer.from(key, "base64").toString()).toBe("new");
  });

  test("takes several people of one lab", () => {
    const both = mergedKubeconfig(
      mergedKubeconfig("", alice, "dev", "config"),
      kubeconfig("bob@dev"),
      "dev",
      "config",
    );
    expect(names(both)).toEqual(["dev", "alice@dev bob@dev", "alice@dev bob@dev"]);
    expect(read(both)["current-context"]).toBe("alice@dev");
  });
});

describe("the file", () => {
  const home = (text?: string) => {
    const directory = temporaryDirectory();
    const file = join(directory, "config");
    if (text !== undefined) writeFileSync(file, text);
    return { directory, file, environment: { KUBECONFIG: file } };
  };

  test("is ~/.kube/config, made with its directory, and its owner's alone", async () => {
    const directory = temporaryDirectory();
    const file = await mergeKubeconfig(alice, "dev", { HOME: directory });
    expect(file).toBe(join(directory, ".kube/config"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, ".kube")).mode & 0o777).toBe(0o700);
    expect(await readdir(join(directory, ".kube"))).toEqual(["config"]);
  });

  test("with an entry of the same name that is another's is left as it is", async () => {
    const theirs = mine
      .replace("name: grace\n", "name: alice@dev\n")
      .replace("name: work #", "name: dev #");
    const { file, environment, directory } = home(theirs);
    await expect(mergeKubeconfig(alice, "dev", environment)).rejects.toThrow(
      `${file}: found cluster dev, user alice@dev, not created by this lab, expected no entries of these names except the lab's own; ` +
        "nothing was changed; rename or remove them (kubectl config), or set KUBECONFIG to the lab's file",
    );
    expect(readFileSync(file, "utf8")).toBe(theirs);
    expect(await readdir(directory)).toEqual(["config"]);
  });

  test("replaces the lab's old entries, also those of a recreated lab", async () => {
    const { file, environment } = home(mine);
    await mergeKubeconfig(alice, "dev", environment);
    await mergeKubeconfig(
      kubeconfig("alice@dev", "new", "https://10.17.0.12:6443"),
      "dev",
      environment,
    );
    expect(read(readFileSync(file, "utf8")).clusters.at(-1)?.cluster.server).toBe(
      "https://10.17.0.12:6443",
    );
  });

  test("with the very same entries put there by hand is merged", async () => {
    const { file, environment } = home(alice);
    await mergeKubeconfig(alice, "dev", environment);
    expect(names(readFileSync(file, "utf8"))).toEqual(["dev", "alice@dev", "alice@dev"]);
  });

  test("that a link leads to is changed, and the link stays; its mode becomes 600", async () => {
    const { file, directory } = home(mine);
    chmodSync(file, 0o644);
    const link = join(directory, "link");
    symlinkSync(file, link);
    expect(await mergeKubeconfig(alice, "dev", { KUBECONFIG: link })).toBe(file);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is the first existing one of several; none may have another owner's entry", async () => {
    const { file, directory } = home(mine);
    const missing = join(directory, "missing");
    const later = join(directory, "later");
    const KUBECONFIG = `${missing}:${file}:${later}`;
    expect(await mergeKubeconfig(alice, "dev", { KUBECONFIG })).toBe(file);
    expect(existsSync(missing)).toBe(false);
    writeFileSync(later, mine.replaceAll("grace", "bob@dev"));
    await expect(mergeKubeconfig(kubeconfig("bob@dev"), "dev", { KUBECONFIG })).rejects.toThrow(
      `${later}: found user bob@dev, not created by this lab`,
    );
  });

  test("that kubectl is changing is left alone", async () => {
    const { file, environment } = home(mine);
    writeFileSync(`${file}.lock`, "");
    await expect(mergeKubeconfig(alice, "dev", environment)).rejects.toThrow(
      `${file}.lock: found a lock, expected no other program that changes the file; run the command again; if no kubectl runs, remove the lock`,
    );
    expect(readFileSync(file, "utf8")).toBe(mine);
    expect(existsSync(`${file}.lock`)).toBe(true);
  });

  test.for([
    ["clusters: yes\n", "clusters that is not a list"],
    ["- a\n", "not a mapping"],
    ["a: [\n", "what is not YAML"],
  ] as const)("%j is no kubeconfig", async ([text, found]) => {
    const { file, environment } = home(text);
    await expect(mergeKubeconfig(alice, "dev", environment)).rejects.toThrow(
      `${file}: found ${found}`,
    );
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

describe("a person of the lab", () => {
  test("an unknown name is reported with the known ones", () => {
    const outputs = { kubeconfigs: { alice, bob: alice } };
    expect(personKubeconfig(outputs, "dev", "alice")).toBe(alice);
    expect(() => personKubeconfig(outputs, "dev", "alic")).toThrow(
      "user alic: found no user of that name in the lab, did you mean alice?, expected one of alice, bob; " +
        "write alic under people in Pulumi.dev.yaml, then run `./lab up`",
    );
    expect(() => personKubeconfig({ kubeconfigs: {} }, "dev", "constructor")).toThrow(
      "expected a user; the lab has no users",
    );
  });

  test("is shown the end of the certificate", () => {
    const end = new Date("2026-12-21T10:00:30Z");
    expect(describeEnd(end, "dev", new Date("2026-12-01T00:00:00Z"))).toBe(
      "valid until 2026-12-21 10:00 UTC; `./lab up` renews it before that",
    );
    expect(describeEnd(end, "ha", new Date("2027-01-01T00:00:00Z"))).toBe(
      "expired 2026-12-21 10:00 UTC; `./lab --stack ha up` renews it",
    );
  });
});
