import { adminKubeconfigPath } from "./paths.ts";

/** On a control plane, the administrator's. */
export const kubectl = `kubectl --kubeconfig ${adminKubeconfigPath}`;

/** Before a command: it is asked until an API server has done it. A busy one lets requests fail, and so does one that restarts. */
export const ask = 'ask 300 "the API server"';
