import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { putFile } from "../../../components/remote/script.ts";
import { Machine, owner } from "../remote/machine.ts";

const words = readFileSync(join(import.meta.dirname, "../../../components/os/system.sh"), "utf8");

/**
 * The commands about users that the step runs: `passwd` and `memberships` are files, and changes
 * are recorded.
 */
const fakes = {
  getent: `#!/bin/bash
case $1 in
  passwd) grep "^$2:" "$HARDWAY_PREFIX/passwd" ;;
  group) [[ " adm audio " == *" $2 "* ]] ;;
esac`,
  id: `#!/bin/bash
name=\${!#}; read -r groups < <(sed -n "s/^$name //p" "$HARDWAY_PREFIX/memberships"); echo "$name $groups"`,
  useradd: `#!/bin/bash
printf 'useradd %s\\n' "$*" >>"$HARDWAY_PREFIX/calls"
while [[ $1 == -* ]]; do case $1 in --shell) shell=$2; shift 2 ;; --groups) groups=$2; shift 2 ;; --password) shift 2 ;; *) shift ;; esac; done
echo "$1:x:1000:1000::/home/$1:$shell" >>"$HARDWAY_PREFIX/passwd"
echo "$1 \${groups//,/ }" >>"$HARDWAY_PREFIX/memberships"`,
  usermod: `#!/bin/bash
printf 'usermod %s\\n' "$*" >>"$HARDWAY_PREFIX/calls"
sed -i "s/^$5 .*/$5 \${4//,/ }/" "$HARDWAY_PREFIX/memberships"
sed -i "s|^\\($5:.*:\\)[^:]*$|\\1$2|" "$HARDWAY_PREFIX/passwd"`,
  userdel: `#!/bin/bash
printf 'userdel %s\\n' "$*" >>"$HARDWAY_PREFIX/calls"
sed -i "/^\${!#}:/d" "$HARDWAY_PREFIX/passwd"`,
  pkill: `#!/bin/bash
printf 'pkill %s\\n' "$*" >>"$HARDWAY_PREFIX/calls"; exit 1`,
};

class System extends Machine {
  constructor() {
    super();
    for (const [name, text] of Object.entries(fakes)) {
      this.write(`fakes/${name}`, `${text}\n`, 0o755);
    }
    this.write("passwd", "daemon:x:1:1::/:/usr/sbin/nologin\n");
    this.write("memberships", "");
    this.write("calls", "");
  }

  /** A step with these files and these machine settings, without its own records. */
  async files(paths: Readonly<Record<string, string>>, before = "") {
    const list = Object.keys(paths).map((path) => this.path(path));
    const puts = Object.entries(paths).map(([path, text]) =>
      putFile(this.path(path), text, "644", owner),
    );
    const { exitCode, said, error } = await this.run(
      `${words}\ntake_paths ${list.join(" ")}\n${before}\n${puts.join("")}give_back_paths ${list.join(" ")}`,
    );
    return { exitCode, error, said: this.#outside(said) };
  }

  async users(users: Readonly<Record<string, string>>) {
    const names = Object.keys(users).join(" ");
    const lines = Object.entries(users).map(([name, rest]) => `user ${name} ${rest}\n`);
    const { exitCode, said, error } = await this.run(
      `${words}\ntake_users ${names}\n${lines.join("")}give_back_users ${names}`,
    );
    return { exitCode, error, said: this.#outside(said) };
  }

  #outside(said: readonly string[]): string[] {
    return said
      .filter((line) => !line.includes("/var/lib/hardway/"))
      .map((line) => line.replaceAll(this.root, ""));
  }

  /** The changes of users since the last call. */
  calls(): string[] {
    const lines = this.read("calls").split("\n").filter(Boolean);
    this.write("calls", "");
    return lines;
  }
}

describe("files", () => {
  test("are created, changed and removed; an existing one is restored", async () => {
    const machine = new System();
    machine.write("etc/motd", "of the image\n", 0o640);
    expect(await machine.files({ "etc/motd": "mine", "etc/own/new": "new" })).toEqual({
      exitCode: 0,
      error: "",
      said: ["wrote /etc/motd", "wrote /etc/own/new"],
    });
    expect([machine.read("etc/motd"), machine.mode("etc/motd")]).toEqual(["mine\n", "644"]);
    expect((await machine.files({ "etc/motd": "mine", "etc/own/new": "new" })).said).toEqual([]);
    expect((await machine.files({ "etc/motd": "other" })).said).toEqual([
      "wrote /etc/motd",
      "removed /etc/own/new",
    ]);
    expect((await machine.files({})).said).toEqual(["gave back /etc/motd"]);
    expect([machine.read("etc/motd"), machine.mode("etc/motd")]).toEqual(["of the image\n", "640"]);
    expect(machine.has("etc/own/new")).toBe(false);
  });

  test("an existing link is restored as a link", async () => {
    const machine = new System();
    machine.write("usr/share/zoneinfo/UTC", "utc\n");
    machine.write("usr/share/zoneinfo/Europe/Berlin", "berlin\n");
    symlinkSync("../usr/share/zoneinfo/UTC", machine.path("etc/localtime"));
    const path = machine.path("etc/localtime");
    const zone = machine.path("usr/share/zoneinfo/Europe/Berlin");
    const step = `${words}\ntake_paths ${path}\nlink ${zone} ${path}\ngive_back_paths ${path}`;
    expect((await machine.run(step)).exitCode).toBe(0);
    expect(readlinkSync(path)).toBe(zone);
    await machine.files({});
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readlinkSync(path)).toBe("../usr/share/zoneinfo/UTC");
  });

  test.each([
    ["before anything of it was placed", "exit 9"],
    ["when others' files had been kept", 'rm "$settings/files"; exit 9'],
  ])("a step that is interrupted %s loses nothing", async (_, interruption) => {
    const machine = new System();
    machine.write("etc/motd", "of the image\n");
    expect((await machine.files({ "etc/motd": "mine" }, interruption)).exitCode).toBe(9);
    expect(machine.read("etc/motd")).toBe("of the image\n");
    await machine.files({ "etc/motd": "mine" });
    expect(machine.read("etc/motd")).toBe("mine\n");
    await machine.files({});
    expect(machine.read("etc/motd")).toBe("of the image\n");
  });

  test("giving back can be interrupted and done again", async () => {
    const machine = new System();
    machine.write("etc/motd", "of the image\n");
    await machine.files({ "etc/motd": "mine" });
    const records = machine.read("var/lib/hardway/system/files");
    await machine.files({});
    machine.write("var/lib/hardway/system/files", records);
    await machine.files({});
    expect(machine.read("etc/motd")).toBe("of the image\n");
  });

  test("what was given back and changed by its owner since is what comes back the next time", async () => {
    const machine = new System();
    machine.write("etc/motd", "of the image\n");
    await machine.files({ "etc/motd": "mine" });
    await machine.files({});
    machine.write("etc/motd", "of a newer image\n");
    await machine.files({ "etc/motd": "mine" });
    await machine.files({});
    expect(machine.read("etc/motd")).toBe("of a newer image\n");
  });

  test("a directory is no file's place, and nothing is touched", async () => {
    const machine = new System();
    machine.write("etc/motd/10-uname", "text\n");
    const { exitCode, error } = await machine.files({ "etc/issue": "mine", "etc/motd": "mine" });
    expect({ exitCode, error }).toEqual({
      exitCode: 1,
      error: "error: tried: /etc/motd is a directory here; choose another path",
    });
    expect(machine.has("etc/issue")).toBe(false);
  });
});

describe("users", () => {
  test("come, change and go", async () => {
    const machine = new System();
    expect(await machine.users({ ada: "/bin/bash 'adm,audio'", bob: "/bin/sh ''" })).toEqual({
      exitCode: 0,
      error: "",
      said: ["made the user ada", "made the user bob"],
    });
    expect(machine.calls()).toEqual([
      "useradd --create-home --user-group --shell /bin/bash --groups adm,audio --password * ada",
      "useradd --create-home --user-group --shell /bin/sh --groups  --password * bob",
    ]);
    await machine.users({ ada: "/bin/bash 'adm,audio'", bob: "/bin/sh ''" });
    expect(machine.calls()).toEqual([]);
    await machine.users({ ada: "/bin/bash 'adm'", bob: "/bin/bash ''" });
    expect(machine.calls()).toEqual([
      "usermod --shell /bin/bash --groups adm ada",
      "usermod --shell /bin/bash --groups  bob",
    ]);
    expect((await machine.users({ ada: "/bin/bash 'adm'" })).said).toEqual([
      "removed the user bob",
    ]);
    expect(machine.calls()).toEqual(["pkill -KILL --uid bob", "userdel --force --remove bob"]);
    expect(machine.read("passwd")).not.toContain("bob");
    expect(machine.read("passwd")).toContain("ada");
  });

  test("one that the machine has is not taken over, and not removed", async () => {
    const machine = new System();
    expect(await machine.users({ ada: "/bin/bash ''", daemon: "/bin/bash ''" })).toEqual({
      exitCode: 1,
      error:
        "error: tried: this machine has a user daemon of its own; choose another name in users",
      said: [],
    });
    expect(machine.calls()).toEqual([]);
    await machine.users({});
    expect(machine.calls()).toEqual([]);
  });

  test("one that an interrupted step made is this step's", async () => {
    const machine = new System();
    const step = `${words}\ntake_users ada\nuser ada /bin/bash ''\nexit 9`;
    expect((await machine.run(step)).exitCode).toBe(9);
    expect((await machine.users({ ada: "/bin/bash ''" })).exitCode).toBe(0);
    await machine.users({});
    expect(machine.read("passwd")).not.toContain("ada");
  });

  test.each([
    [
      "a shell that the image lacks",
      "/bin/no-such-shell ''",
      "this machine has no /bin/no-such-shell; choose another shell for the user ada",
    ],
    [
      "a group that the image lacks",
      "/bin/sh 'adm,wheel'",
      "this machine has no group wheel; choose others for the user ada",
    ],
  ])("%s is reported before anything is created", async (_, rest, message) => {
    const machine = new System();
    expect((await machine.users({ ada: rest })).error).toBe(`error: tried: ${message}`);
    expect(machine.calls()).toEqual([]);
  });
});

test("after delete, nothing remains", async () => {
  const machine = new System();
  await machine.files({ "etc/motd": "mine" });
  await machine.users({ ada: "/bin/bash ''" });
  const undo = `${words}\ngive_back_paths\ngive_back_users\nrm -rf "$settings"`;
  expect((await machine.run(undo)).exitCode).toBe(0);
  expect(existsSync(machine.path("etc/motd"))).toBe(false);
  expect(readdirSync(machine.path("var/lib/hardway"))).toEqual([]);
});
