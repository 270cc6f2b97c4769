import { port, publicKey, section, text } from "./values.ts";

const ecdsaTypes = ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
const hostKeyTypes = ["ssh-ed25519", ...ecdsaTypes, "ssh-rsa"];
/** Of keys that a person can log in with. */
export const userKeyTypes = [
  ...hostKeyTypes,
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];

/** How to reach a machine that exists already. */
export const sshHost = section("user, port, hostKey and keyFile", {
  user: text("a user's name like debian", /^[a-zA-Z_][-a-zA-Z0-9_.]*$/)
    .default("root")
    .describe("Logs in with this name; needs sudo without a password unless it is root"),
  port: port.default(22).describe("Where its SSH server listens"),
  hostKey: publicKey(
    hostKeyTypes,
    "the host's /etc/ssh/ssh_host_ed25519_key.pub (ssh-ed25519 AAAA…)",
  ).meta({
    description: "The host's public SSH key: nothing is ever trusted on first use",
    examples: ["ssh-ed25519 AAAA…"],
  }),
  keyFile: text("the path of a private SSH key like ~/.ssh/id_ed25519").meta({
    description: "Path of the private key to log in with; ~ is your home",
    examples: ["~/.ssh/id_ed25519"],
  }),
}).describe(
  "A machine that exists already, reached over SSH at the node's address. It needs systemd and is otherwise left alone",
);
