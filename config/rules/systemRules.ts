import { posix } from "node:path";
import { quote } from "../../base/wording.ts";
import { pathFault } from "../../model/managed/paths.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { filePath, userName } from "../schema/system.ts";
import type { NodeGroup } from "./nodeGroups.ts";

type Config = Draft<ClusterConfig>;

/** Every broken rule about the machines' users and files, of all nodes and of single ones. */
export function systemRules(config: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  return [
    ...bytesOfKeys(["ssh", "authorizedKeys"], config.ssh?.authorizedKeys),
    ...userRules(["users"], config.users),
    ...fileRules(["files"], config.files),
    ...groups.flatMap(({ keys, settings }) => [
      ...userRules([...keys, "users"], settings.users),
      ...(settings.host !== undefined && settings.users !== undefined
        ? [
            problemAt(
              [...keys, "users"],
              "hardway does not manage the users of existing machines; create them there, and remove this",
            ),
          ]
        : []),
      ...fileRules([...keys, "files"], settings.files),
    ]),
  ];
}

/** Users of most Linux systems, or created by hardway. The step checks for others of a machine. */
const systemUsers = [
  ...["adm", "backup", "bin", "daemon", "dbus", "etcd", "ftp", "games", "haproxy", "halt"],
  ...["lp", "mail", "man", "messagebus", "news", "nobody", "operator", "proxy", "shutdown"],
  ...["sshd", "sync", "sys", "tss", "uucp", "www-data"],
];

function userRules(place: Keys, users: Config["users"] = {}): ConfigProblem[] {
  const faults = Object.keys(users).flatMap((name) => {
    const fault = userFault(name);
    return fault === undefined ? [] : [problemAt([...place, name], fault)];
  });
  const keys = Object.values(users).flatMap((user) => user?.authorizedKeys ?? []);
  return [...faults, ...bytesOfKeys(place, keys)];
}

/** In bytes: a step sends all keys of a machine in one script, which may have 128 KiB. */
const mostKeyBytes = 24 * 1024;

function bytesOfKeys(place: Keys, keys: readonly string[] = []): ConfigProblem[] {
  const bytes = keys.reduce((sum, key) => sum + key.length, 0);
  return bytes <= mostKeyBytes
    ? []
    : [
        problemAt(
          place,
          `hold ${keys.length} SSH keys of ${bytes} bytes together, the limit is ${mostKeyBytes}; remove some, or use ed25519 keys, which are shorter`,
        ),
      ];
}

function userFault(name: string): string | undefined {
  if (name === "root") {
    return "root always exists; add keys for root to ssh.authorizedKeys";
  }
  if (systemUsers.includes(name) || /^(systemd-|_)/.test(name)) {
    return `${name} is a system user; choose another name`;
  }
  return userName.test(name)
    ? undefined
    : `the name ${quote(name)} must be at most 32 lower-case letters, digits, '-' and '_', and begin with a letter`;
}

function fileRules(place: Keys, files: Config["files"] = {}): ConfigProblem[] {
  return Object.entries(files).flatMap(([path, file]) => {
    const keys = [...place, path];
    const isPath = filePath.test(path) && posix.normalize(path) === path;
    const fault = isPath
      ? pathFault(path)
      : `expected an absolute path like /etc/motd, of letters, digits and any of -_.@+:,=, got ${quote(path)}`;
    const inside = Object.keys(files).find(
      (other) => path.startsWith(`${other}/`) && pathFault(other) === undefined,
    );
    return [
      ...(fault === undefined ? [] : [problemAt(keys, fault)]),
      ...(inside === undefined
        ? []
        : [problemAt(keys, `${inside} is a file too, so it cannot be a directory; remove one`)]),
      ...(file === undefined ? [] : contentRules(keys, file)),
    ];
  });
}

function contentRules(keys: Keys, file: object): ConfigProblem[] {
  const [content, from] = ["content" in file, "from" in file];
  if (content !== from) {
    return [];
  }
  return [
    problemAt(
      keys,
      content ? "has both content and from; remove one" : "has neither content nor from; write one",
    ),
  ];
}
