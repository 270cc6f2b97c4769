import { execa, type ResultPromise } from "execa";
import { expect } from "vitest";
import { type Cluster, found } from "../../../harness/clusters/cluster.ts";
import { type ProbePod, probeNamespace, probePods } from "./probe.ts";

const namespace = ["--namespace", probeNamespace];

/** What a pod has said can be read, on every node. */
export async function expectLogs(cluster: Cluster): Promise<void> {
  for (const { name } of await probePods(cluster)) {
    const text = await cluster.kubectl(["logs", ...namespace, name]);
    expect(text).toContain("Started HTTP server on port 8080");
  }
}

/** A command can be run in a pod, its output and its exit code come back, on every node. */
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

/** A port of a pod can be had at this end, from one of these nodes after the other. */
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
    // Not SIGKILL: that would reach the command that kubectl was called through, and kubectl would live on.
    forward.kill("SIGTERM");
    await forward;
  }
}

/** From the line in which kubectl says where it listens. Reading goes on after it: an unread pipe would end kubectl. */
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
