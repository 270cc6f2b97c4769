import { loginOf } from "../schema/libvirtUri.ts";

/**
 * An error message for a libvirt that does not respond: the reason and the fix.
 *
 * @param said virsh's output, or why there is none
 */
export function unreachableSentence(uri: string, said: string): string {
  const why =
    said
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^error: /, "") ?? "";
  return `${uri} does not respond (${why}); ${remedyOf(uri, said)}`;
}

function remedyOf(uri: string, said: string): string {
  const login = loginOf(uri);
  if (login === undefined) {
    return /permission denied|authentication/i.test(said)
      ? "join the group libvirt and log in again"
      : "start libvirtd, or fix the URI";
  }
  const { user, host, port } = login;
  const itself = `copy it from /etc/ssh/ssh_host_ed25519_key.pub on ${host} itself`;
  const known = port === undefined ? host : `[${host}]:${port}`;
  if (/IDENTIFICATION HAS CHANGED/.test(said)) {
    return `its host key differs from the one in ~/.ssh/known_hosts. If ${host} was reinstalled, remove the old key with ssh-keygen -R '${known}', then add the new one; ${itself}. If it was not, another machine may be impersonating it`;
  }
  if (/Host key verification failed/.test(said)) {
    return `${known} is not in ~/.ssh/known_hosts; add its host key; ${itself}`;
  }
  if (/Permission denied \(/.test(said)) {
    return `allow ${user} to log in there with a key in your SSH agent, or one without a passphrase`;
  }
  if (/Permission denied/i.test(said)) {
    return `add ${user} to the group libvirt there`;
  }
  if (/not found|No such file|Connection refused: Input/.test(said)) {
    return `install libvirt on ${host} and start it`;
  }
  return `see what ssh ${port === undefined ? "" : `-p ${port} `}${user}@${host} says`;
}
