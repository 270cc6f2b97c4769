import type { Lab, TrustedAuthority } from "../model/lab.ts";
import type { RegistryMirror } from "../model/registryMirror.ts";

/** How nodes reach networks outside the lab, if that takes more than a route. */
export interface OutsidePlan {
  readonly proxy?: ProxyPlan;
  /** CA certificates trusted in addition to the image's. */
  readonly authorities: readonly TrustedAuthority[];
  /**
   * Mirrors by registry, `*` for registries without an entry, in order, after the lab's own mirror.
   */
  readonly registries: Readonly<Record<string, readonly RegistryMirror[]>>;
}

export interface ProxyPlan {
  readonly url: string;
  /** Destinations reached without the proxy, in the form of NO_PROXY. */
  readonly direct: string;
}

/** @param own the lab's networks and names, which are reached without the proxy */
export function planOutside({ outside }: Lab, own: readonly string[]): OutsidePlan {
  const { proxy, direct, authorities, registries } = outside;
  return {
    ...(proxy === undefined
      ? {}
      : { proxy: { url: proxy, direct: [...new Set([...own, ...direct])].join(",") } }),
    authorities,
    registries,
  };
}

/**
 * The proxy for curl. Lower case, since a CGI server would set HTTP_PROXY from a request's header.
 */
export const curlEnvironment = ({ url, direct }: ProxyPlan): Record<string, string> => ({
  http_proxy: url,
  https_proxy: url,
  no_proxy: direct,
});
