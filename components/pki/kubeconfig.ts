import { nodeYaml } from "../../base/nodeYaml.ts";

export interface KubeconfigArgs {
  readonly cluster: string;
  readonly server: string;
  readonly user: string;
  /** The name of the context; the cluster's unless given. */
  readonly context?: string;
  /** The namespace of commands that name none; `default` unless given. */
  readonly namespace?: string;
  /** Paths on the node, or PEM texts to embed. */
  readonly credentials:
    | { readonly authorityPath: string; readonly certPath: string; readonly keyPath: string }
    | { readonly authority: string; readonly cert: string; readonly key: string };
}

/**
 * A kubeconfig with one context. With paths it holds no secret and can be shown; with embedded
 * credentials it is a secret.
 */
export function renderKubeconfig(args: KubeconfigArgs): string {
  const { cluster, server, user, context = cluster, namespace, credentials } = args;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const [authority, client] =
    "certPath" in credentials
      ? [
          { "certificate-authority": credentials.authorityPath },
          { "client-certificate": credentials.certPath, "client-key": credentials.keyPath },
        ]
      : [
          { "certificate-authority-data": base64(credentials.authority) },
          {
            "client-certificate-data": base64(credentials.cert),
            "client-key-data": base64(credentials.key),
          },
        ];
  return nodeYaml({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: cluster, cluster: { server, ...authority } }],
    users: [{ name: user, user: client }],
    contexts: [
      {
        name: context,
        context: { cluster, user, ...(namespace === undefined ? {} : { namespace }) },
      },
    ],
    "current-context": context,
  });
}
