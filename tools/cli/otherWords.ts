/** The answer to command words of other tools that `./lab` does not have. */
const answers: readonly (readonly [words: readonly string[], answer: string])[] = [
  [
    ["list", "ls", "ps", "labs"],
    "each Pulumi.NAME.yaml is a lab; `./lab --stack NAME status` shows its nodes",
  ],
  [
    ["start", "create", "apply", "deploy", "install", "init", "new", "upgrade", "scale"],
    "`./lab up` creates the lab, or changes it to match its config",
  ],
  [
    ["stop", "halt", "pause", "suspend"],
    "machines run until `./lab destroy` removes them; `./lab shell virsh shutdown DOMAIN` shuts one down, and `virsh list` shows the domains",
  ],
  [
    ["delete", "remove", "rm", "down", "clean", "teardown", "uninstall", "reset"],
    "`./lab destroy` removes the lab",
  ],
  [
    ["logs", "log", "journal", "events"],
    "`./lab ssh NODE journalctl -u UNIT` shows a component's log; `./lab status` names the log of ./lab",
  ],
  [["diff", "plan", "dry-run"], "`./lab preview --diff` shows what `./lab up` would change"],
  [["login", "exec", "attach", "connect"], "`./lab ssh NODE` logs in to a node"],
  [["get", "describe", "nodes", "pods"], "`./lab kubectl get nodes` asks the cluster"],
  [["doctor", "check", "validate"], "`./lab setup --list` shows what this machine lacks"],
];

/** What `./lab` has instead of this word, if the word is known from other tools. */
export function answerTo(word: string): string | undefined {
  return answers.find(([words]) => words.includes(word))?.[1];
}
