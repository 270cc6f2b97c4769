import { z } from "zod";
import { fileModeFormat, parseFileMode } from "../../model/fileMode.ts";
import { userKeyTypes } from "./sshHost.ts";
import { timeZone } from "./timeZone.ts";
import { expected, publicKey, section, text } from "./values.ts";

/** Settings of machines besides Kubernetes. Rules about them are in `systemRules.ts`. */

/** The form of useradd: https://man7.org/linux/man-pages/man8/useradd.8.html */
export const userName = /^[a-z_][-a-z0-9_]{0,31}$/;

/** Without characters that a shell, sudo or sshd would interpret. */
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
    .describe("Public keys for the login; there are no passwords"),
  sudo: z
    .boolean(expected("true or false"))
    .default(false)
    .describe("Allows the user to run everything as root"),
  groups: z
    .array(text("a group's name like adm", userName), expected("a list of groups like [adm]"))
    .default([])
    .describe("Additional groups of the user; they must exist in the image"),
  shell: text("the absolute path of a shell like /bin/bash", filePath)
    .default("/bin/bash")
    .describe("The user's login shell"),
});

const modeKind = expected(`a mode in quotes like "644" or "0600"`);

const file = section("content or from, and maybe mode and owner", {
  content: z.string(expected("text")).optional().describe("The file's content; or else from"),
  from: text("the path of a text file like motd.txt")
    .optional()
    .describe("The path of a file with the content, relative to the checkout"),
  mode: z
    .string(modeKind)
    .regex(fileModeFormat, modeKind)
    .transform(parseFileMode)
    .prefault("644")
    .describe("The file's mode; the preview hides the content of files that others may not read"),
  owner: text(
    "a user and a group like root:root",
    /^[a-z_][-a-z0-9_]{0,31}:[a-z_][-a-z0-9_]{0,31}$/,
  )
    .default("root:root")
    .describe("The file's user and group"),
});

const users = z
  .record(z.string(), user, expected("a mapping of names to users"))
  .meta({ propertyNames: { pattern: userName.source } });
const files = z
  .record(z.string(), file, expected("a mapping of absolute paths to files"))
  .meta({ propertyNames: { pattern: filePath.source } });

/** Keys of the whole lab. */
export const labSystem = {
  timeZone: timeZone
    .optional()
    .describe("Default time zone; without it, machines keep the image's time zone, usually UTC"),
  users: users
    .default({})
    .describe("Linux users of the lab's VMs, by name; users of the cluster are in people"),
  files: files.prefault({}).describe("Files to create on every node, by path"),
};

/** Keys of a node or pool. */
export const nodeSystem = {
  timeZone: timeZone.optional().describe("Time zone; by default timeZone"),
  users: users
    .optional()
    .describe("Additional users; they override those of the same name in users"),
  files: files
    .optional()
    .describe("Additional files; they override those with the same path in files"),
};
