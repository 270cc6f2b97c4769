import { adminKubeconfigPath } from "./paths.ts";

/** kubectl on a control plane, as the administrator. */
export const kubectl = `kubectl --kubeconfig ${adminKubeconfigPath}`;

/**
 * A prefix that retries a command until an API server has run it: requests to a busy or restarting
 * API server fail.
 */
export const ask = 'ask 300 "the API server"';
