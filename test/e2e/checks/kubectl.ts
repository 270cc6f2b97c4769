import { execa, type ResultPromise } from "execa";
import { expect } from "vitest";
import { type Cluster, found } from "../../../harness/clusters/cluster.ts";
import { type ProbePod, probeNamespace, probePods } from "./probe.ts";

const namespace = ["--namespace", probeNamespace];

/** Checks that `kubectl logs` works for a pod on every node. */
export async function expectLogs(cluster: Cluster): Promise<void> {
  for (const { name } of await probePods(cluster)) {
    const text = await cluster.kubectl(["logs", ...namespace, name]);
    expect(text).toContain("Started HTTP server on port 8080");
  }
}

/** Checks that `kubectl exec` works on every node, with output and exit code. */
export async function expectExec(cluster: Cluster): Promise<void> {
  const [command, ...args] = cluster.kubectlCommand;
  for (const { name } of await probePods(cluster)) {
    const inPod = [...args, "exec", ...namespace, name, "--", "/agnhost"];
    const right = await execa(command, [...inPod, "entrypoint-tester", "one", "two"]);
    expect(right.stdout).toBe("[/agnhost entrypoint-tester one two]");
    const wrong = await execa(command, [...inPod, "no-such-command"], { reject: false });
    expect(wrong.exitCode).toBe(1);
  }
}

/** Checks that `kubectl port-forward` works for pods on these nodes, one after the other. */
export async function expectPortForward(cluster: Cluster, nodes: readonly string[]): Promise<void> {
  const pods = await probePods(cluster);
  for (const name of nodes) {
    await expectForwarded(
      cluster,
      found(
        pods.find(({ node }) => node === name),
        `a pod on ${name}`,
      ),
    );
  }
}

async function expectForwarded(cluster: Cluster, pod: ProbePod): Promise<void> {
  const [command, ...args] = cluster.kubectlCommand;
  const forward = execa(command, [...args, "port-forward", ...namespace, pod.name, ":8080"], {
    reject: false,
    timeout: 60_000,
  });
  try {
    const port = await localPort(forward);
    const { stdout, stderr } = await cluster.exec([
      ...["curl", "--silent", "--show-error", "--max-time", "20"],
      `http://127.0.0.1:${port}/hostname`,
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: pod.name, stderr: "" });
  } finally {
    // Not SIGKILL, which would kill only the wrapping command and leave kubectl running.
    forward.kill("SIGTERM");
    await forward;
  }
}

/**
 * The port in kubectl's first line. Reading continues after it, because a full pipe would stop
 * kubectl.
 */
function localPort(kubectl: ResultPromise): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    kubectl.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const port = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(port);
    });
    void kubectl.then(({ stderr }) => {
      reject(new Error(`kubectl port-forward ended: ${String(stderr)}`));
    });
  });
}
