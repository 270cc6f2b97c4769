import { messageOf } from "../../base/errors.ts";

/** Whether a source can be used, and the reason. */
export interface Availability {
  readonly available: boolean;
  readonly why: string;
}

/**
 * Time limit for a response, in milliseconds. Any status counts; a proxy's error page fails the
 * hash check later.
 */
const probeMs = 3000;

/** Whether an HTTPS host responds; each host is asked once in a run. `host` has no scheme. */
export type Reach = (host: string) => Promise<Availability>;

/** A `Reach` that caches its results. */
export function createReach(fetcher: typeof fetch = fetch): Reach {
  const known = new Map<string, Promise<Availability>>();
  return (host) => {
    const answer = known.get(host) ?? probe(host, fetcher);
    known.set(host, answer);
    return answer;
  };
}

async function probe(host: string, fetcher: typeof fetch): Promise<Availability> {
  try {
    await fetcher(`https://${host}/`, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(probeMs),
    });
    return { available: true, why: `${host} answers` };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const reason =
      error instanceof Error && error.name === "TimeoutError"
        ? `no answer in ${probeMs / 1000} s`
        : messageOf(cause ?? error);
    return { available: false, why: `${host} cannot be reached (${reason})` };
  }
}
