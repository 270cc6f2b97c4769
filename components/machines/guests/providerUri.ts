/**
 * Converts a URI so that the provider connects as virsh does. Go's SSH client tries public keys
 * once, so if there is an agent, the client would try the agent's keys and never the file. A key
 * file with a passphrase is skipped in favor of the agent.
 * https://github.com/dmacvicar/terraform-provider-libvirt/blob/v0.8.3/libvirt/uri/ssh.go
 */
export function providerUri(uri: string): string {
  return /^qemu\+ssh:.*[?&]keyfile=/.test(uri) ? `${uri}&sshauth=privkey,agent` : uri;
}
