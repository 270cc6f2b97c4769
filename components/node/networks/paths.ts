/** nftables' rules for pods that leave the cluster. */
export const podNetworkRules = "/etc/hardway/pod-network.nft";
/** What the unit `hardway-pod-network.service` runs. */
export const podNetworkScript = "/etc/hardway/pod-network.sh";

/** Marks the routes that this program made, so that it removes only its own. */
export const routeProtocol = 117;
