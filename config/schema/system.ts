import { z } from "zod";
import { userKeyTypes } from "./sshHost.ts";
import { timeZone } from "./timeZone.ts";
import { expected, publicKey, section, text } from "./values.ts";

/** What a person may want of nodes' machines besides Kubernetes. Rules about it are in `systemRules.ts`. */

/** As Linux' own tools make names of users and groups: https://man7.org/linux/man-pages/man8/useradd.8.html */
export const userName = /^[a-z_][-a-z0-9_]{0,31}$/;

/** No sign that a shell, sudo or sshd would read in another way. */
export const filePath = /^(\/[-\w.@+:,=]+)+$/;

const user = section("authorizedKeys, sudo, groups and shell", {
  authorizedKeys: z
    .array(
      publicKey(userKeyTypes, "the user's ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…)").meta({
        examples: ["ssh-ed25519 AAAA… ada"],
      }),
      expected("a list of public SSH keys"),
    )
    .default([])
    .describe("What the user logs in with; nobody has a password"),
  sudo: z
    .boolean(expected("true or false"))
    .default(false)
    .describe("Whether the user may do everything as root"),
  groups: z
    .array(text("a group's name like adm", userName), expected("a list of groups like [adm]"))
    .default([])
    .describe("Groups of the image that the user is in, besides one of the user's own"),
  shell: text("the absolute path of a shell like /bin/bash", filePath)
    .default("/bin/bash")
    .describe("What the user types into"),
});

const modeKind = expected(`a mode in quotes like "644" or "0600"`);

const file = section("content or from, and maybe mode and owner", {
  content: z.string(expected("text")).optional().describe("What stands in it; or else from"),
  from: text("the path of a text file like motd.txt")
    .optional()
    .describe("The path of a file that holds what is to stand in it, from the checkout"),
  mode: z
    .string(modeKind)
    .regex(/^0?[0-7]{3}$/, modeKind)
    .default("644")
    .describe(
      "Who may do what with it; where others may not read it, no preview shows its content",
    ),
  owner: text(
    "a user and a group like root:root",
    /^[a-z_][-a-z0-9_]{0,31}:[a-z_][-a-z0-9_]{0,31}$/,
  )
    .default("root:root")
    .describe("Its user and group"),
});

const users = z
  .record(z.string(), user, expected("a mapping of names to users"))
  .meta({ propertyNames: { pattern: userName.source } });
const files = z
  .record(z.string(), file, expected("a mapping of absolute paths to files"))
  .meta({ propertyNames: { pattern: filePath.source } });

/** For all nodes. */
export const labSystem = {
  timeZone: timeZone
    .optional()
    .describe("Time zone of nodes that do not say; without it they keep their own, mostly UTC"),
  users: users
    .default({})
    .describe("Linux users of the machines made here, by name; who uses the cluster is in people"),
  files: files.default({}).describe("Files of your own on every node, by path"),
};

/** For one node or pool. */
export const nodeSystem = {
  timeZone: timeZone.optional().describe("Its time zone; as timeZone says unless given"),
  users: users.optional().describe("More users, or others of the same names; as in users"),
  files: files.optional().describe("More files, or others at the same paths; as in files"),
};
