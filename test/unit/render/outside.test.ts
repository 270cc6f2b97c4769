import { execaSync } from "execa";
import { describe, expect, test } from "vitest";
import { renderTrust } from "../../../components/os/renderTrust.ts";
import { provide } from "../../../components/remote/provide.ts";
import { companyAuthority, companyAuthorityId } from "../../../harness/program/certificates.ts";
import { devCluster, labOf, planOf } from "../../../harness/program/labs.ts";
import { takeFiles } from "../../../harness/program/nodeSteps.ts";
import { filesOf, stepsOf } from "../../../harness/program/stepsOf.ts";

/** The files of nodes in a corporate network; test/e2e/containers.test.ts checks the behaviour. */

const outside = {
  proxy: "http://proxy.example.org:3128",
  direct: [".example.org"],
  registries: {
    "docker.io": ["https://registry.example.org/v2/docker-hub", "http://10.0.0.7:5000"],
    "*": ["https://registry.example.org"],
  },
};
const plain = planOf(labOf());
const plan = planOf(labOf({ ...devCluster, outside }));
const worker = plan.nodes[1];
const plainWorker = plain.nodes[1];
if (worker === undefined || plainWorker === undefined) throw new Error("the lab has no worker");

/** A step's lines that are not in another one. */
const added = (script: string, other: string): string[] => {
  const known = new Set(other.split("\n"));
  return script.split("\n").filter((line) => !known.has(line));
};

const direct =
  "127.0.0.1,localhost,10.17.0.1,10.17.0.0/24,10.200.0.0/16,10.32.0.0/16,.svc,.cluster.local,.example.org";

describe("a proxy", () => {
  test("is set for each download, and not for addresses inside the lab", () => {
    const changed = stepsOf(plan, worker).flatMap(({ name, create }, index) => {
      const before = stepsOf(plain, plainWorker)[index]?.create ?? "";
      return create === before ? [] : [{ name, lines: added(create, before) }];
    });
    const told = [
      "http_proxy=http://proxy.example.org:3128 \\",
      "https_proxy=http://proxy.example.org:3128 \\",
      `no_proxy=${direct} \\`,
    ];
    expect(changed.map(({ name }) => name)).toEqual(["containerd", "kubelet", "kube-proxy"]);
    expect(changed[1]?.lines).toEqual(told);
    expect(changed[2]?.lines).toEqual(told);
  });

  test("leads to what a download asks for", () => {
    const { kubelet } = plan.artifacts;
    const script = `set -eu; provide() { env | grep -i proxy | sort; echo "$1"; }; link() { :; }; prune() { env | grep -ci proxy || true; }
${provide(kubelet, {})}`;
    const clean = { PATH: process.env.PATH ?? "" };
    const { stdout } = execaSync("bash", ["-c", script], { env: clean, extendEnv: false });
    expect(stdout.split("\n")).toEqual([
      "http_proxy=http://proxy.example.org:3128",
      "https_proxy=http://proxy.example.org:3128",
      `no_proxy=${direct}`,
      "kubelet",
      "0",
    ]);
  });
});

test("containerd pulls through the proxy, and asks a registry's mirrors behind the lab's own", async () => {
  const { create = "" } = stepsOf(plan, worker).find(({ name }) => name === "containerd") ?? {};
  await expect(create).toMatchFileSnapshot("__snapshots__/outside/worker-1/containerd.sh");
});

test("CRI-O does the same, for the registries that have a name", async () => {
  const crio = planOf(labOf({ ...devCluster, runtime: "cri-o", outside }));
  const node = crio.nodes[1];
  const { create = "" } = (node && stepsOf(crio, node).find(({ name }) => name === "cri-o")) ?? {};
  const { files } = takeFiles(create);
  const text = (path: string) => files.find((one) => one.path === path)?.text ?? "";
  expect(text("/etc/systemd/system/crio.service")).toContain(`Environment=NO_PROXY=${direct}\n`);
  await expect(text("/etc/containers/registries.conf.d/10-hardway.conf")).toMatchFileSnapshot(
    "__snapshots__/outside/worker-1/registries.conf",
  );
});

test("whom a machine trusts besides its image's own", async () => {
  const { create, delete: undo = "" } = renderTrust([
    { id: companyAuthorityId, subject: "CN=Example Company Root CA", pem: companyAuthority },
  ]);
  await expect(`${create}\n# --- delete ---\n${undo}`).toMatchFileSnapshot(
    "__snapshots__/outside/worker-1/trust.sh",
  );
  for (const input of [create, undo]) {
    const { exitCode, stderr } = execaSync("bash", ["-n"], { input, reject: false });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  }
});

test.each([plain, plan])(
  "only the registries of the lab's own images are behind its mirror, whose 404 hides other errors",
  (each) => {
    const [, node] = each.nodes;
    const files = node === undefined ? [] : filesOf(each, node);
    const behind = files.filter(({ text }) => text.includes(`[host."${each.mirror}"]`));
    const registries = behind.map(({ path }) => path.split("/").at(-2));
    expect([...new Set(registries)].sort()).toEqual(["docker.io", "registry.k8s.io"]);
  },
);
