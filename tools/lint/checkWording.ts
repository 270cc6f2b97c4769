import { readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { projectDir } from "../../base/paths.ts";
import { run } from "../../base/run.ts";
import { faultsIn } from "./wording.ts";

/** Checks the wording of the files given as arguments, or of all that `checked` names. */
const checked = [
  "lab",
  "tools/**",
  "cloudinit/**",
  "mirror/**",
  "CHANGELOG.md",
  "README.md",
  "docs/README.md",
  "docs/labs.md",
  "docs/machines.md",
  "docs/steps.md",
  "docs/quickstart.md",
  "docs/requirements.md",
  "docs/troubleshooting.md",
  "docs/limitations.md",
  "docs/glossary.md",
  "docs/clean-up.md",
  "docs/without-kvm.md",
  "docs/outputs.md",
  "docs/plain-pulumi.md",
  "docs/labs/*.md",
  "examples/**",
  "docs/pictures/**",
  "docs/checklist/**",
  "docs/drawPictures.ts",
  "docs/config.md",
  "config/**",
  "base/**",
  "plan/**",
  "model/**",
  "components/**/*.ts",
  "index.ts",
  "toolchain/**",
  "bench/**",
  "harness/**",
  "test/**",
  "vitest*.ts",
  ".ci/run",
  "docs/etcd.md",
  "docs/kube-apiserver.md",
  "docs/kube-controller-manager.md",
  "docs/kube-proxy.md",
  "docs/kube-scheduler.md",
  "docs/kubectl.md",
  "docs/kubelet.md",
  "docs/containerd.md",
  "docs/cri-o.md",
  "docs/node.md",
  "docs/operating-system.md",
  "docs/pod-network.md",
  "docs/load-balancer.md",
  "docs/security.md",
  "docs/certificates.md",
  "docs/people.md",
  "docs/outside.md",
  "docs/many-hosts.md",
  "docs/mirror.md",
  "docs/measurements.md",
  "docs/addons.md",
];

/** Other projects' text, text that a program writes, and the words to avoid with their test. */
const exempt = [
  "sdks/**",
  "toolchain/go/*/**",
  // A change would rebuild the image.
  "toolchain/image/build-image.sh",
  "harness/machines/build-rootfs.sh",
  "**/__snapshots__/**",
  // A change of these would change scripts and files on nodes.
  "components/controlplane/kubeControllerManager.ts",
  "components/etcd/{etcdMember,mountDisk,renderMembership}.ts",
  "components/loadbalancer/haproxy.ts",
  "components/node/renderNode.ts",
  "components/node/runtimes/crio.ts",
  "components/os/{checkAuthorizedKeys,renderTrust}.ts",
  "components/people/renderPerson.ts",
  // These quote messages of the shell functions on nodes.
  "test/e2e/mishaps.test.ts",
  "test/unit/remote/{artifacts,converge}.test.ts",
  "tools/lint/wordList.ts",
  "test/unit/lint/wording.test.ts",
];

const kinds = ["*.md", "*.ts", "*.sh", "lab", ".ci/run"];
const isIn = (globs: readonly string[], file: string): boolean =>
  globs.some((glob) => matchesGlob(file, glob));

async function trackedFiles(): Promise<string[]> {
  const list = await run("git", ["ls-files", "-z", ...kinds], { cwd: projectDir });
  return list.split("\0").filter((file) => isIn(checked, file));
}

const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : await trackedFiles();
const faults = files
  .filter((file) => !isIn(exempt, file))
  .flatMap((file) =>
    faultsIn(file, readFileSync(join(projectDir, file), "utf8")).map(
      ({ line, column, message }) => `${file}:${line}:${column}: ${message}`,
    ),
  );
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
