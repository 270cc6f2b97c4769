import { describe, expect, test } from "vitest";
import { waitForSuccessors } from "../../../components/loadbalancer/haproxy.ts";
import { labOf, planOf } from "../../../harness/program/labs.ts";
import { Machine } from "../remote/machine.ts";

describe("a balancer that is to lead to other API servers", () => {
  const { loadBalancer } = planOf(
    labOf({
      nodes: {
        "control-1": { roles: ["control-plane"], address: "10.17.0.11" },
        worker: { roles: ["worker", "load-balancer"], address: "10.17.0.21" },
      },
    }),
  );
  if (loadBalancer === undefined) throw new Error("the lab has no load balancer");
  const words = waitForSuccessors(loadBalancer);

  /**
   * HAProxy's states of the API servers, and the number of checks of the new one until it is ready.
   */
  function machineWith(apiServers: "are up" | "are down" | "unknown", asks: number): Machine {
    const machine = new Machine();
    machine.write(
      "fakes/curl",
      `#!/bin/bash
case "\${*: -1}" in
  http://127.0.0.1:8404/*) ${
    apiServers === "unknown"
      ? "exit 7"
      : // A backend with a backup is UP; weight, healthy servers and backups follow.
        `echo 'kube-apiserver,BACKEND,${"0,".repeat(15)}UP,1,${apiServers === "are up" ? 2 : 0},2'`
  } ;;
  https://10.17.0.11:6443/readyz) echo >>"$HARDWAY_PREFIX/asked"; [[ $(wc -l <"$HARDWAY_PREFIX/asked") -ge ${asks} ]] || exit 22 ;;
  *) exit 99 ;;
esac
`,
      0o755,
    );
    return machine;
  }
  const asked = (machine: Machine) => machine.read("asked").length;

  test("waits until one of them is ready, while one serves behind it", async () => {
    const machine = machineWith("are up", 3);
    const { exitCode, error } = await machine.run(words);
    expect({ exitCode, error, asked: asked(machine) }).toEqual({
      exitCode: 0,
      error: "",
      asked: 3,
    });
  });

  test.each([
    ["none is up", "are down"],
    ["haproxy does not run", "unknown"],
  ] as const)("has nothing to keep where %s", async (_, apiServers) => {
    const machine = machineWith(apiServers, 3);
    const { exitCode, error } = await machine.run(words);
    expect({ exitCode, error, wasAsked: machine.has("asked") }).toEqual({
      exitCode: 0,
      error: "",
      wasAsked: false,
    });
  });

  test("stays as it is where none of them comes, and says so", async () => {
    const once = 'wait_for() { shift 2; "$@"; }\n';
    const { exitCode, error } = await machineWith("are up", 3).run(once + words);
    expect({ exitCode, error }).toEqual({
      exitCode: 1,
      error:
        "error: tried: no API server of control-1 is ready after 300 s; haproxy stays as it is, with those that are",
    });
  });
});
