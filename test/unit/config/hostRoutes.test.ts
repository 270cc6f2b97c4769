import { execa } from "execa";
import { expect, test } from "vitest";
import { hostRoutes } from "../../../tools/place/hostRoutes.ts";
import { isRoot } from "../remote/machine.ts";

/** Runs a command in a network namespace of its own after these commands. */
const inNamespace =
  (commands: string) =>
  async ([command = "", ...args]: readonly string[]) => {
    const script = `set -e\n${commands}\nexec "$@"`;
    const argv = ["--net", "sh", "-c", script, "sh", command, ...args];
    const { exitCode = 1, stdout, stderr } = await execa("unshare", argv, { reject: false });
    return { exitCode, stdout, stderr, failure: exitCode === 0 ? "" : stderr };
  };

test.skipIf(!isRoot)("the routes of a machine, in all tables", async () => {
  const runner = inNamespace(`
ip link set lo up
ip link add lan type bridge
ip address add 10.8.0.2/24 dev lan
ip link set lan up
ip route add default via 10.8.0.1
ip route add 0.0.0.0/1 via 10.8.0.1
ip route add 128.0.0.0/1 via 10.8.0.1
ip route add 10.0.0.0/8 via 10.8.0.1
ip route add 10.17.0.5 dev lan
ip route add 10.32.0.0/16 via 10.8.0.1 table 52
ip route add 10.33.0.0/16 nexthop via 10.8.0.1 dev lan nexthop via 10.8.0.3 dev lan
ip route add blackhole 10.17.0.0/24`);
  const routes = (await hostRoutes(runner)).map((route) => ({
    ...route,
    cidr: String(route.cidr),
  }));
  const via = "10.8.0.1";
  expect(routes.toSorted((a, b) => (a.cidr < b.cidr ? -1 : 1))).toEqual([
    { cidr: "10.0.0.0/8", device: "lan", via },
    { cidr: "10.17.0.0/24", deadEnd: "blackhole" },
    { cidr: "10.17.0.5/32", device: "lan" },
    { cidr: "10.32.0.0/16", device: "lan", via },
    { cidr: "10.33.0.0/16", device: "lan", via },
    { cidr: "10.8.0.0/24", device: "lan" },
  ]);
});
