import type { Lab, TrustedAuthority } from "../model/lab.ts";

/** How nodes reach what is outside the lab, where that takes more than a route. */
export interface OutsidePlan {
  readonly proxy?: ProxyPlan;
  /** Trusted besides those of the image. */
  readonly authorities: readonly TrustedAuthority[];
  /** By name, `*` for all that have none of their own; behind the lab's own mirror, in the order to ask. */
  readonly registries: Readonly<Record<string, readonly string[]>>;
}

export interface ProxyPlan {
  readonly url: string;
  /** What is reached without it, as NO_PROXY takes it. */
  readonly direct: string;
}

/** @param own the lab's networks and names, which no proxy leads to */
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

/** The proxy as curl reads it: in small letters, since a server behind CGI would take HTTP_PROXY from a request's header. */
export const curlEnvironment = ({ url, direct }: ProxyPlan): Record<string, string> => ({
  http_proxy: url,
  https_proxy: url,
  no_proxy: direct,
});
