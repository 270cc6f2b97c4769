import { readFileSync } from "node:fs";
import { authorizedKeysPathOf } from "../../cloudinit/authorizedKeys.ts";
import type { FilePlan, SystemPlan, UserPlan } from "../../plan/system.ts";
import { putFile, type SecretFile, type StepScript } from "../remote/script.ts";
import { checkSshdReadsKeyDirectory } from "./checkAuthorizedKeys.ts";

/** `system.sh` beside this file: how settings that leave the config are reverted. */
const words = readFileSync(new URL("system.sh", import.meta.url), "utf8");

const localTime = "/etc/localtime";
/** The file that holds the time zone's name as text. */
const zoneName = "/etc/timezone";

/**
 * Files whose text is in the script. A text with a line that would end the script is sent like a
 * secret.
 */
const isPlain = ({ isSecret, text }: FilePlan): boolean => !isSecret && !/^(END|STEP)$/m.test(text);

/** Files that arrive on standard input. */
export const secretFiles = ({ files }: SystemPlan): SecretFile<string>[] =>
  files
    .filter((file) => !isPlain(file))
    .map(({ path, mode, owner, text }) => ({ path, mode, owner, content: text }));

/**
 * User-defined settings of the machine besides Kubernetes. A step and not the seed: cloud-init
 * reads the seed at boot, so a new user would restart every machine; and an existing machine has no
 * seed.
 */
export function renderSystem(system: SystemPlan): StepScript {
  const { timeZone, users, files } = system;
  const plain = [...users.flatMap(filesOfUser), ...files.filter(isPlain)];
  const secrets = secretFiles(system);
  const paths = [...plain, ...secrets].map(({ path }) => path);
  return {
    name: "system",
    create: `${words}
${needs(system)}
users=(${users.map(({ name }) => name).join(" ")})
take_users "\${users[@]}"
${users.map(makeUser).join("")}
paths=(
${paths.map((path) => `  ${path}\n`).join("")})
${timeZone === undefined ? "" : zonePaths}take_paths "\${paths[@]}"
${timeZone === undefined ? "" : setTimeZone(timeZone)}${plain.map(({ path, text, mode, owner }) => putFile(path, text, mode, owner)).join("")}${secrets.length === 0 ? "" : "put_secrets\n"}
give_back_paths "\${paths[@]}"
give_back_users "\${users[@]}"
`,
    delete: `${words}
give_back_paths
give_back_users
rm -rf "$settings"
`,
  };
}

/** Checks that the image has the required commands, before anything is changed. */
function needs({ timeZone, users }: SystemPlan): string {
  return [
    timeZone === undefined
      ? ""
      : `[[ -e ${zoneFile(timeZone)} ]] || fail "the image does not know the time zone ${timeZone}; use an image with the package tzdata, or another name of the zone"\n`,
    users.some(({ sudo }) => sudo)
      ? `command -v sudo >/dev/null || fail "the image lacks the command sudo; use an image that has it, or users without it"\n`
      : "",
    users.some(({ authorizedKeys }) => authorizedKeys.length > 0)
      ? checkSshdReadsKeyDirectory("the keys of users")
      : "",
  ].join("");
}

const zoneFile = (zone: string): string => `/usr/share/zoneinfo/${zone}`;

const zonePaths = `# Debian and its kin have its name in a file too.
paths+=(${localTime})
[[ ! -e ${zoneName} ]] || paths+=(${zoneName})
`;

const setTimeZone = (zone: string): string => `link ${zoneFile(zone)} ${localTime}
[[ ! -e ${zoneName} ]] || place 644 root:root ${zoneName} ${zone}$'\\n'
`;

const makeUser = ({ name, shell, groups }: UserPlan): string =>
  `user ${name} ${shell} '${[...new Set(groups)].sort().join(",")}'\n`;

const filesOfUser = ({ name, authorizedKeys, sudo }: UserPlan): Omit<FilePlan, "isSecret">[] => [
  {
    path: authorizedKeysPathOf(name),
    text: [`# Of users.${name}.`, ...authorizedKeys, ""].join("\n"),
    mode: "644",
    owner: "root:root",
  },
  ...(sudo
    ? [
        {
          path: `/etc/sudoers.d/hardway-${name}`,
          text: `${name} ALL=(ALL:ALL) NOPASSWD: ALL\n`,
          mode: "440",
          owner: "root:root",
        },
      ]
    : []),
];
