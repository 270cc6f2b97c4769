import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { putFile } from "../../../components/remote/script.ts";
import { Machine, owner, type StepOptions } from "./machine.ts";

/**
 * A stand-in for systemctl: the unit's state is in files beside it, each call is recorded, and a
 * restart does what FAKE says: `fails`, `crashes` (starts, and restarts again and again) or
 * nothing.
 */
const systemctl = `#!/bin/bash
state=$HARDWAY_PREFIX/systemd
printf '%s\\n' "$*" >>"$state.calls"
case "$1 $*" in
  show*ActiveState*) printf 'ActiveState=%s\\nLoadState=%s\\nNeedDaemonReload=%s\\n' "$(<"$state.active")" "$(<"$state.load")" "$(<"$state.stale")" ;;
  show*Result*) printf 'Result=exit-code\\nExecMainStatus=2\\nNRestarts=12\\n' ;;
  show*NRestarts*) [[ $FAKE == crashes ]] && echo 12 || echo 0 ;;
  restart*) [[ $FAKE != fails && $(<"$state.load") == loaded ]] && echo active >"$state.active" || exit 1 ;;
  daemon-reload*) echo no >"$state.stale"; echo loaded >"$state.load" ;;
  reset-failed*) echo inactive >"$state.active" ;;
  *stop*) echo inactive >"$state.active" ;;
esac
`;
const journalctl = "#!/bin/sh\necho 'unknown flag: --colour'\n";

/** A machine with a unit, its config file and its program, not started yet. */
class Service extends Machine {
  constructor({ active = "inactive", load = "loaded", stale = "no" } = {}) {
    super();
    this.write("fakes/systemctl", systemctl, 0o755);
    this.write("fakes/journalctl", journalctl, 0o755);
    this.write("systemd.active", `${active}\n`);
    this.write("systemd.load", `${load}\n`);
    this.write("systemd.stale", `${stale}\n`);
    this.write("etc/systemd/system/tool.service", "[Service]\n");
    this.write("etc/tool.yaml", "a: 1\n");
    this.write("bin/v1", "v1");
  }

  /** The end of a step: the unit is healthy once the file `healthy` exists. */
  converge({ before = "", seconds = 5, ...options }: Converge = {}) {
    const step = `${before}
      link ${this.path("bin/v1")} ${this.path("bin/tool")}
      ready() { [[ -e ${this.path("healthy")} ]] || { echo 'no answer yet'; return 1; }; }
      converge tool.service ${seconds} ready ${this.path("bin/tool")} ${this.path("etc/tool.yaml")}`;
    return this.run(step, options);
  }

  /** systemctl's changing calls since the last call. */
  changes(): string[] {
    const file = this.path("systemd.calls");
    const calls = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
    writeFileSync(file, "");
    return calls.filter((call) => !call.startsWith("show"));
  }
}

interface Converge extends StepOptions {
  readonly before?: string;
  readonly seconds?: number;
}

const healthy = () => {
  const service = new Service();
  service.write("healthy", "");
  return service;
};
const stamp = "var/lib/hardway/tool.service.converged";

describe("converge", () => {
  test("enables and starts a new unit, and says so; again, nothing happens", async () => {
    const service = healthy();
    expect(await service.converge()).toEqual({
      exitCode: 0,
      said: [
        `linked ${service.path("bin/tool")}`,
        `linked ${service.path("etc/systemd/system/multi-user.target.wants/tool.service")}`,
        "started tool.service",
      ],
      error: "",
    });
    expect(service.changes()).toEqual(["restart tool.service"]);
    expect(await service.converge()).toEqual({ exitCode: 0, said: [], error: "" });
    expect(service.changes()).toEqual([]);
  });

  test.for([
    ["a file that it reads", "etc/tool.yaml", "a: 2\n"],
    ["its unit", "etc/systemd/system/tool.service", "[Service]\nUser=etcd\n"],
  ] as const)("restarts it when %s has changed, once", async ([, path, text]) => {
    const service = healthy();
    await service.converge();
    service.changes();
    service.write(path, text);
    expect((await service.converge()).said).toEqual(["started tool.service"]);
    expect(service.changes()).toEqual(["restart tool.service"]);
    await service.converge();
    expect(service.changes()).toEqual([]);
  });

  test("does not restart it when this run has put back a mode alone", async () => {
    const service = healthy();
    const before = putFile(service.path("etc/tool.yaml"), "a: 1\n", "644", owner);
    await service.converge({ before });
    service.changes();
    service.write("etc/tool.yaml", "a: 1\n", 0o600);
    expect((await service.converge({ before })).said).toEqual([
      `wrote ${service.path("etc/tool.yaml")}`,
    ]);
    expect(service.changes()).toEqual([]);
  });

  test("restarts it when this run has put back what it reads: the process may have read the other text", async () => {
    const service = healthy();
    await service.converge();
    service.changes();
    service.write("etc/tool.yaml", "a: 2\n");
    const before = putFile(service.path("etc/tool.yaml"), "a: 1\n", "644", owner);
    expect((await service.converge({ before })).said).toEqual([
      `wrote ${service.path("etc/tool.yaml")}`,
      "started tool.service",
    ]);
    expect(service.changes()).toEqual(["restart tool.service"]);
    await service.converge({ before });
    expect(service.changes()).toEqual([]);
  });

  test("restarts it when its program's link leads elsewhere", async () => {
    const service = healthy();
    await service.converge();
    service.changes();
    service.write("bin/v2", "v2");
    await service.run(
      `link ${service.path("bin/v2")} ${service.path("bin/tool")}; ready() { :; }
       converge tool.service 5 ready ${service.path("bin/tool")} ${service.path("etc/tool.yaml")}`,
    );
    expect(service.changes()).toEqual(["restart tool.service"]);
  });

  test("starts what was stopped", async () => {
    const service = healthy();
    await service.converge();
    service.write("systemd.active", "failed\n");
    service.changes();
    expect((await service.converge()).said).toEqual(["started tool.service"]);
    expect(service.changes()).toEqual(["reset-failed tool.service", "restart tool.service"]);
  });

  test("has systemd look again where it does not find the unit that was placed", async () => {
    const service = new Service({ load: "not-found" });
    service.write("healthy", "");
    expect(await service.converge()).toMatchObject({ exitCode: 0, error: "" });
    expect(service.changes()).toEqual(["daemon-reload", "restart tool.service"]);
  });

  test("systemd reloads the unit only if it must", async () => {
    const service = new Service({ stale: "yes" });
    service.write("healthy", "");
    await service.converge();
    expect(service.changes()).toEqual(["daemon-reload", "restart tool.service"]);
  });

  test("interrupted before the restart: the next run restarts", async () => {
    const service = healthy();
    await service.converge();
    service.changes();
    const put = `put 644 ${owner} ${service.path("etc/tool.yaml")} <<<'a: 2'`;
    await service.converge({ before: `${put}\nkill -9 $$` });
    expect(service.changes()).toEqual([]);
    expect((await service.converge({ before: put })).said).toEqual(["started tool.service"]);
    expect(service.changes()).toEqual(["restart tool.service"]);
  });

  test("interrupted before it was healthy: the next run restarts", async () => {
    const service = new Service();
    const first = service.start(
      `ready() { kill -9 $$; }; converge tool.service 5 ready ${service.path("etc/tool.yaml")}`,
    );
    expect((await first).signal).toBe("SIGKILL");
    expect(service.changes()).toEqual(["restart tool.service"]);
    expect(service.has(stamp)).toBe(false);
    service.write("healthy", "");
    await service.converge();
    expect(service.changes()).toEqual(["restart tool.service"]);
    expect(service.has(stamp)).toBe(true);
  });

  test("a unit that does not start: its result, its last words, and the end", async () => {
    const service = healthy();
    const { exitCode, error } = await service.converge({ env: { FAKE: "fails" } });
    expect({ exitCode, error: error.split("\n") }).toEqual({
      exitCode: 1,
      error: [
        "Result=exit-code ExecMainStatus=2 NRestarts=12",
        "unknown flag: --colour",
        "error: tried: tool.service did not start",
      ],
    });
    expect(service.has(stamp)).toBe(false);
  });

  test("a unit that stays unhealthy: what was asked and what it said, after the bound", async () => {
    const service = new Service();
    const { exitCode, error } = await service.converge({ seconds: 1 });
    expect({ exitCode, error: error.split("\n").map((line) => line.trim()) }).toEqual({
      exitCode: 1,
      error: [
        "Result=exit-code ExecMainStatus=2 NRestarts=12",
        "unknown flag: --colour",
        "error: tried: tool.service is not healthy after 1 s; asked",
        "[[ -e /healthy ]] || {",
        "echo 'no answer yet';",
        "return 1",
        "} it says: no answer yet",
      ],
    });
    expect(service.has(stamp)).toBe(false);
    service.write("healthy", "");
    service.changes();
    expect((await service.converge()).exitCode).toBe(0);
    expect(service.changes()).toEqual(["restart tool.service"]);
  });

  test("a unit that starts again and again is given up before the bound", async () => {
    const service = new Service();
    const { exitCode, error } = await service.converge({
      seconds: 600,
      // Advances the shell's clock: checks every 5 s run at once.
      before: "sleep() { SECONDS+=5; }",
      env: { FAKE: "crashes" },
    });
    expect(exitCode).toBe(1);
    expect(error).toContain(
      "error: tried: tool.service is not healthy and has been restarted 10 times; asked",
    );
  });

  test("a unit that has only just been started again: what it said before it ended, and since", async () => {
    const service = new Service();
    const lines = [
      "tool.service: Scheduled restart job, restart counter is at 11.",
      ...Array.from({ length: 30 }, (_, number) => `of the run before: ${number}`),
      "invalid setting",
      "tool.service: Main process exited, code=exited, status=1/FAILURE",
      "tool.service: Scheduled restart job, restart counter is at 12.",
      ...Array.from({ length: 30 }, (_, number) => `beginning: ${number}`),
    ];
    const journal = lines.map((line) => `echo '${line}'`).join("\n");
    service.write("fakes/journalctl", `#!/bin/sh\n${journal}\n`, 0o755);
    const { error } = await service.converge({ seconds: 0, env: { FAKE: "crashes" } });
    expect(error.split("\n").slice(1, 41)).toEqual([
      ...lines.slice(14, 34),
      ...lines.slice(44, 64),
    ]);
  });

  test("a file that no step has put ends the step before the unit is touched", async () => {
    const service = healthy();
    const { exitCode, error } = await service.run(
      `ready() { :; }; converge tool.service 5 ready ${service.path("etc/missing")}`,
    );
    expect({ exitCode, error }).toEqual({
      exitCode: 1,
      error: "error: tried: tool.service runs with /etc/missing, which is not there",
    });
    expect(service.changes()).toEqual([]);
  });

  test("everything that the step wrote is on the disk before it ends", async () => {
    const service = healthy();
    service.write(
      "fakes/sync",
      `#!/bin/sh\nprintf '%s\\n' "$@" >"$HARDWAY_PREFIX/synced"\n`,
      0o755,
    );
    await service.converge({ before: `put 600 ${owner} ${service.path("key")} <<<secret` });
    const synced = service
      .read("synced")
      .split("\n")
      .filter((line) => line.startsWith(service.root));
    expect(synced).toEqual(
      ["key", "bin", "etc/systemd/system/multi-user.target.wants"].map((path) =>
        service.path(path),
      ),
    );
    service.write("fakes/sync", "#!/bin/sh\nexit 1\n", 0o755);
    expect((await service.converge()).error).toBe(
      "error: tried: what this step wrote can't be brought to the disk",
    );
  });
});

describe("remove_unit", () => {
  test("stops, disables and forgets it; without one it does no harm", async () => {
    const service = healthy();
    await service.converge();
    service.changes();
    for (let run = 0; run < 2; run += 1) {
      expect(await service.run("remove_unit tool.service")).toEqual({
        exitCode: 0,
        said: ["removed tool.service"],
        error: "",
      });
      expect(service.changes()).toEqual(["--quiet stop tool.service", "daemon-reload"]);
    }
    const wanted = "etc/systemd/system/multi-user.target.wants/tool.service";
    expect(
      [wanted, "etc/systemd/system/tool.service", stamp].filter((path) => service.has(path)),
    ).toEqual([]);
  });
});

describe("wait_for", () => {
  test("ends when the command succeeds", async () => {
    const machine = new Machine();
    const { exitCode, said } = await machine.run(
      `tries=0; third() { ((++tries == 3)); }; sleep() { :; }; wait_for 60 something third; say "$tries"`,
    );
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: ["3"] });
  });

  test("gives up after its bound, and says meanwhile what it waits for", {
    meta: { rows: ["S2-29"] },
  }, async () => {
    const machine = new Machine();
    const { exitCode, said, error } = await machine.run(
      `sleep() { SECONDS+=1; }; wait_for 30 cloud-init false || fail "gave up"`,
    );
    expect({ exitCode, said, error }).toEqual({
      exitCode: 1,
      said: ["waiting for cloud-init, at most 30 s"],
      error: "error: tried: gave up",
    });
  });
});

describe("ask", () => {
  test("asks again until there is an answer, and keeps it", async () => {
    const machine = new Machine();
    const { exitCode, said } = await machine.run(
      `sleep() { :; }
third() { printf x >>"$prefix/tries"; [[ $(<"$prefix/tries") == xxx ]] && echo yes; }
ask 60 "the server" third; say "$answer after $(<"$prefix/tries")"`,
    );
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: ["yes after xxx"] });
  });

  test.each([
    "error: duplicated taints with the same key and effect: gpu:NoSchedule",
    'The Node "worker-1" is invalid: metadata.labels: Invalid value: "a b"',
    "Error from server (BadRequest): the object cannot be read",
    "error: unknown flag: --colour",
  ])("ends at once if the request is refused for ever: %s", async (complaint) => {
    const machine = new Machine();
    const { exitCode, error } = await machine.run(
      `sleep() { say "asks again"; SECONDS+=100; }; refuse() { echo '${complaint}' >&2; false; }; ask 300 "the server" refuse; say never`,
    );
    expect({ exitCode, error }).toEqual({
      exitCode: 1,
      error: `error: tried: the server refused what was asked: ${complaint}`,
    });
  });

  test.each([
    "The connection to the server 10.17.0.10:6443 was refused - did you specify the right host or port?",
    'Error from server (Forbidden): nodes "worker-1" is forbidden: User "kubernetes-admin" cannot get',
    "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
    'error: the server doesn\'t have a resource type "nodes"',
  ])("goes on if the server may only be starting: %s", async (complaint) => {
    const machine = new Machine();
    const { error } = await machine.run(
      `sleep() { SECONDS+=100; }; refuse() { printf '%s\\n' ${JSON.stringify(complaint).replaceAll("`", "")} >&2; false; }; ask 300 "the server" refuse`,
    );
    expect(error).toContain("did not do what was asked within 300 s");
  });

  test("prints the last error after the time limit", async () => {
    const machine = new Machine();
    const { exitCode, said, error } = await machine.run(
      `sleep() { SECONDS+=1; }; refuse() { echo "EOF" >&2; false; }; ask 30 "the server" refuse; say never`,
    );
    expect({ exitCode, said, error }).toEqual({
      exitCode: 1,
      said: ["waiting for the server, at most 30 s"],
      error: "error: tried: the server did not do what was asked within 30 s: EOF",
    });
  });
});
