import type { Conversation } from "./conversations.ts";
import type { DotEdge, DotNode } from "./dot.ts";
import type { Picture } from "./renderPicture.ts";

const component = (id: string, lines: readonly string[] = []): DotNode => ({
  id,
  title: id,
  lines,
  kind: "steps",
});

/** Clients drawn below their server: the API server is above kubelets and kube-proxies. */
const upward = new Set(["kubelet", "kube-proxy"]);

const edgeOf = ({ from, to, at, as }: Conversation): DotEdge => {
  const label = [/^\d+$/.test(at) ? `port ${at}` : at, ...(as === undefined ? [] : [`as ${as}`])];
  return upward.has(from) && to === "kube-apiserver"
    ? { from: to, to: from, label, attributes: { dir: "back" } }
    : { from, to, label };
};

/** The picture of who connects to whom, at which port and with which name. */
export function connectionsPicture(conversations: readonly Conversation[]): Picture {
  return {
    title: "Which component connects to which",
    description: `Drawn by docs/drawPictures.ts from the files that the program writes: ${conversations
      .map(
        ({ from, to, at, as }) => `${from} to ${to} (${at}${as === undefined ? "" : `, as ${as}`})`,
      )
      .join("; ")}.`,
    graph: {
      attributes: { rankdir: "TB", nodesep: "0.3", ranksep: "0.55" },
      nodes: [
        { id: "kubectl", title: "kubectl", lines: ["your computer"], kind: "users" },
        { id: "Pulumi", title: "Pulumi", lines: ["your computer"], kind: "users" },
        { id: "mirror", title: "mirror", lines: ["binaries, images"], kind: "users" },
      ],
      frames: [
        {
          id: "control plane",
          title: "control plane",
          nodes: [
            component("kube-controller-manager"),
            component("kube-scheduler"),
            component("kube-apiserver"),
            component("etcd"),
          ],
        },
        {
          id: "node",
          title: "every node",
          attributes: { labelloc: "b", labeljust: "r" },
          nodes: [
            component("kubelet"),
            component("kube-proxy"),
            component("containerd"),
            component("sshd"),
          ],
        },
      ],
      edges: conversations.map(edgeOf),
    },
    legend: [
      [undefined, "An arrow leads from the client to the server; the port is the server's."],
      [undefined, "as: the name in the client's certificate"],
    ],
  };
}
