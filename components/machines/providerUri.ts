/**
 * The URI as the provider must have it, to do what virsh does with it: Go's SSH client tries public keys once, so with an
 * agent it would try the agent's keys and never the file. A file that has a passphrase is passed over, and the agent asked.
 * https://github.com/dmacvicar/terraform-provider-libvirt/blob/v0.8.3/libvirt/uri/ssh.go
 */
export function providerUri(uri: string): string {
  return /^qemu\+ssh:.*[?&]keyfile=/.test(uri) ? `${uri}&sshauth=privkey,agent` : uri;
}
