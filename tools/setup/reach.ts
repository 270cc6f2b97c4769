import { messageOf } from "../../base/errors.ts";

/** Whether a source answers, and in words why it is used or not. */
export interface Availability {
  readonly available: boolean;
  readonly why: string;
}

/** How long a source has to answer, in milliseconds. Answers with any status: a proxy's page is found out by the hash. */
const probeMs = 3000;

/** Asks an https host once in a run whether it answers at all; `host` has no scheme. */
export type Reach = (host: string) => Promise<Availability>;

/** A `Reach` that remembers its answers. */
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
    return { available: false, why: `${host} can't be reached (${reason})` };
  }
}
