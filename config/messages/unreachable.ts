import { loginOf } from "../schema/libvirtUri.ts";

/**
 * A sentence on a libvirt that does not answer: why, and what to do about it.
 *
 * @param said all that virsh said, or why it said nothing
 */
export function unreachableSentence(uri: string, said: string): string {
  const why =
    said
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^error: /, "") ?? "";
  return `${uri} does not answer (${why}); ${remedyOf(uri, said)}`;
}

function remedyOf(uri: string, said: string): string {
  const login = loginOf(uri);
  if (login === undefined) {
    return /permission denied|authentication/i.test(said)
      ? "join the group libvirt and log in again"
      : "start libvirtd, or mend the URI";
  }
  const { user, host, port } = login;
  const itself = `read it on ${host} itself, in /etc/ssh/ssh_host_ed25519_key.pub`;
  const known = port === undefined ? host : `[${host}]:${port}`;
  if (/IDENTIFICATION HAS CHANGED/.test(said)) {
    return `it has another host key than ~/.ssh/known_hosts says. If ${host} was made anew, ssh-keygen -R '${known}' takes the old key out; put the new one in, and ${itself}. If it was not, somebody else answers`;
  }
  if (/Host key verification failed/.test(said)) {
    return `${known} is not in ~/.ssh/known_hosts; put its host key there, and ${itself}`;
  }
  if (/Permission denied \(/.test(said)) {
    return `let ${user} in there with a key that asks for nothing: one in your agent, or one without a passphrase`;
  }
  if (/Permission denied/i.test(said)) {
    return `put ${user} into the group libvirt there`;
  }
  if (/not found|No such file|Connection refused: Input/.test(said)) {
    return `install libvirt on ${host} and start it`;
  }
  return `see what ssh ${port === undefined ? "" : `-p ${port} `}${user}@${host} says`;
}
