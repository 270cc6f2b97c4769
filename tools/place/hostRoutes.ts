import { Ipv4Network } from "../../model/addresses.ts";
import type { HostRoute } from "../../plan/hypervisorProblems.ts";
import type { Runner } from "./runner.ts";

/** A network, or one address; the types that lead nowhere are named. */
const line = /^(?:(blackhole|unreachable|prohibit) )?(\d+\.\d+\.\d+\.\d+(?:\/\d+)?)(?: (.*))?$/;

/**
 * This machine's routes in all tables: VPNs often have a table of their own. Without default
 * routes, and without OpenVPN's halves of one, 0.0.0.0/1 and 128.0.0.0/1.
 */
export async function hostRoutes(runner: Runner): Promise<HostRoute[]> {
  const { stdout } = await runner(["ip", "-4", "-oneline", "route", "show", "table", "all"]);
  return stdout.split("\n").flatMap((text) => routeIn(text.trim()));
}

function routeIn(text: string): HostRoute[] {
  const [whole, deadEnd, cidr = "", rest = ""] = line.exec(text) ?? [];
  if (whole === undefined) return [];
  const network = Ipv4Network.parse(cidr);
  if (network.prefix < 2) return [];
  const word = (name: string) => new RegExp(`\\b${name} (?:inet6 )?(\\S+)`).exec(rest)?.[1];
  const [device, via] = [word("dev"), word("via")];
  if (deadEnd !== undefined) return [{ cidr: network, deadEnd }];
  return [
    {
      cidr: network,
      ...(device === undefined ? {} : { device }),
      ...(via === undefined ? {} : { via }),
    },
  ];
}
