import { readFileSync } from "node:fs";
import { UserError } from "../../base/errors.ts";

/** Where the operating-system step puts the shell functions that all other steps use. */
export const libraryPath = "/opt/hardway/step.sh";

/** The shell functions: `step.sh` beside this file. */
export const library = readFileSync(new URL("step.sh", import.meta.url), "utf8");

/** One component's installation on one node, as text. */
export interface StepScript {
  /** The component's name, one per node: `kubelet`. */
  readonly name: string;
  /** Bash, with the functions of `step.sh`. Idempotent. Secret files arrive on standard input. */
  readonly create: string;
  /** Removes the component when it leaves a node that stays. */
  readonly delete?: string;
}

/**
 * Linux's limit of one argument (`MAX_ARG_STRLEN`); sshd gives the whole command to a shell as one.
 */
const longestCommand = 128 * 1024 - 1;

/**
 * The command for the shell of `user`: runs the script as root and leaves standard input to the
 * script.
 */
export function renderCommand(user: string, name: string, body: string, prelude?: string): string {
  const asRoot = user === "root" ? "" : "sudo --non-interactive ";
  if (/^STEP$/m.test(body)) {
    throw new Error(`${name}: a line STEP would end the script early`);
  }
  // Without --norc, bash detects a network login and reads the .bashrc of the machine's owner.
  const command = `step=$(cat <<'STEP'
${prelude ?? `. ${libraryPath}\n`}${body.trimEnd()}
STEP
)
exec ${asRoot}bash --norc -c "$step" ${name}
`;
  const length = Buffer.byteLength(command);
  if (length > longestCommand) {
    throw new UserError(
      `${name}: the script has ${length} bytes, and Linux accepts at most ${longestCommand}; shorten the largest settings of this step in the config`,
    );
  }
  return command;
}

/** Places a plain file: the script contains its text unchanged. */
export function putFile(path: string, text: string, mode = "644", owner = "root:root"): string {
  if (/^END$/m.test(text)) {
    throw new Error(`${path}: a line END would close the file early`);
  }
  return `put ${mode} ${owner} ${path} <<'END'\n${text.endsWith("\n") ? text : `${text}\n`}END\n`;
}

/**
 * A file that must not be in the script: keys, and content that is only known while the graph runs.
 */
export interface SecretFile<Content> {
  readonly path: string;
  /** Octal, like 600. */
  readonly mode: string;
  /** `user:group`. */
  readonly owner: string;
  readonly content: Content;
}

/**
 * The lines that `put_secrets` reads; the last line marks the end, so that a missing part is
 * noticed. Content is text without NUL.
 */
export function renderSecrets(files: readonly SecretFile<string>[]): string {
  const lines = files.map(({ path, mode, owner, content }) => {
    if (content.includes("\0")) {
      throw new Error(`${path}: a shell can't carry the NUL in it`);
    }
    const text = content.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return `${mode} ${owner} ${path} "${text}"\n`;
  });
  return `${lines.join("")}end\n`;
}
