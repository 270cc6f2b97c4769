/** The programs that validate their config before they do anything else. */
export const dryPrograms = [
  "kubelet",
  "kube-proxy",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "etcd",
] as const;

export type DryProgram = (typeof dryPrograms)[number];

/** One start of a program. Nodes with the same settings share one. */
export interface DryRun {
  readonly program: DryProgram;
  /** Files in the directory where it runs, by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

/** Files of the service account keys, which the API server reads before it validates its flags. */
export const accountKeys = { private: "account.key", public: "account.pub" };

/** What a program prints only after it has accepted its config. */
export const accepted: Readonly<Record<DryProgram, RegExp>> = {
  kubelet: /invalid kubeconfig: stat missing\/file: no such file/,
  "kube-proxy": /Wrote configuration/,
  "kube-apiserver": /failed to listen on 192\.0\.2\.1|open missing\/file: no such file/,
  "kube-controller-manager": /stat missing\/file: no such file/,
  "kube-scheduler": /stat missing\/file: no such file/,
  etcd: /listen tcp 192\.0\.2\.1:2380|open missing\/file: no such file/,
};
