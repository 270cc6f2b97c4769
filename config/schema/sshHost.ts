import { port, publicKey, section, text } from "./values.ts";

const ecdsaTypes = ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
const hostKeyTypes = ["ssh-ed25519", ...ecdsaTypes, "ssh-rsa"];
/** Types of public keys for logins. */
export const userKeyTypes = [
  ...hostKeyTypes,
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];

/** SSH access to an existing machine. */
export const sshHost = section("user, port, hostKey and keyFile", {
  user: text("a user's name like debian", /^[a-zA-Z_][-a-zA-Z0-9_.]*$/)
    .default("root")
    .describe("Login user; unless it is root, it needs sudo without a password"),
  port: port.default(22).describe("Port of the SSH server"),
  hostKey: publicKey(
    hostKeyTypes,
    "the host's /etc/ssh/ssh_host_ed25519_key.pub (ssh-ed25519 AAAA…)",
  ).meta({
    description: "The machine's public SSH host key; no key is trusted on first use",
    examples: ["ssh-ed25519 AAAA…"],
  }),
  keyFile: text("the path of a private SSH key like ~/.ssh/id_ed25519").meta({
    description: "Path of the private key for the login; ~ is your home directory",
    examples: ["~/.ssh/id_ed25519"],
  }),
}).describe("An existing machine with systemd, reached over SSH at the node's address");
