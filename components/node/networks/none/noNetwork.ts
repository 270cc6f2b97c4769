import type { PodNetwork } from "../podNetwork.ts";

/**
 * User-defined manifests install the pod network: its CNI config, its routes and its masquerading.
 */
export const noNetwork: PodNetwork = {
  kernelModules: [],
  interfaces: ["cni0"],
  beforeReady: () => "",
};
