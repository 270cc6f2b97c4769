import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { labOf, planOf } from "../../../harness/program/labs.ts";
import { accessPaths, findNode } from "../../../tools/access/access.ts";
import { writeAccessSoFar } from "../../../tools/access/accessSoFar.ts";
import type { Engine } from "../../../tools/pulumi/engineInterface.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

const state = process.env.HARDWAY_STATE;
afterEach(() => {
  if (state === undefined) delete process.env.HARDWAY_STATE;
  else process.env.HARDWAY_STATE = state;
});

const key = (name: string) => ({
  urn: `urn:pulumi:dev::hardway::x::${name}`,
  type: "tls:index/privateKey:PrivateKey",
  outputs: {
    publicKeyOpenssh: `ssh-ed25519 ${name}\n`,
    privateKeyOpenssh: { plaintext: JSON.stringify(`private ${name}\n`) },
  },
});

const plan = () => Promise.resolve(planOf(labOf()));

/** An engine whose stack has these resources. */
const engineWith = (resources: readonly object[]): Pick<Engine, "output"> => ({
  output: () => Promise.resolve(JSON.stringify({ deployment: { resources } })),
});

test("after a first up that failed, the machines with keys can be reached", async () => {
  process.env.HARDWAY_STATE = temporaryDirectory();
  const { session, lines } = testSession();
  const dev = { ...session, stack: "dev" };
  const names = ["ssh-user", "control-1-ssh-host", "worker-1-ssh-host"];
  await writeAccessSoFar(dev, engineWith(names.map(key)), plan);
  expect(await findNode("dev", "worker-1")).toMatchObject({
    address: "10.17.0.21",
    user: "root",
    hostKey: "ssh-ed25519 worker-1-ssh-host\n",
    guest: { domain: "dev-worker-1" },
  });
  await expect(findNode("dev", "worker-2")).rejects.toThrow("one of control-1, worker-1");
  expect(readFileSync(accessPaths("dev").key, "utf8")).toBe("private ssh-user\n");
  expect(lines).toEqual([
    "log in to control-1, worker-1 with `./lab ssh NODE` or `./lab console NODE`",
  ]);
});

test("without any machine, nothing is written", async () => {
  process.env.HARDWAY_STATE = temporaryDirectory();
  const { session, lines } = testSession();
  await writeAccessSoFar({ ...session, stack: "dev" }, engineWith([]), plan);
  await expect(findNode("dev", "control-1")).rejects.toThrow("the lab dev is not up");
  expect(lines).toEqual([]);
});
