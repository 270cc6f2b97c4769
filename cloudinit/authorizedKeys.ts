/**
 * Additional login keys of a VM. The cloud-init seed, which cannot change without a reboot, only
 * configures their path. The keys are in a file of the operating-system step, which sshd reads at
 * every login. hardway's own key is in root's own file, which no step changes, so an error here
 * cannot lock hardway out.
 */

const directory = "/etc/ssh/authorized_keys.d";

/** A file with one public key per line, named like its user, whom alone it lets log in. */
export const authorizedKeysPathOf = (user: string): string => `${directory}/${user}`;

/** The keys for root. */
export const authorizedKeysPath = authorizedKeysPathOf("root");

/**
 * sshd uses the first value that it reads, and every distribution's sshd_config begins by including
 * this directory.
 */
export const sshdDropIn = {
  path: "/etc/ssh/sshd_config.d/10-hardway.conf",
  content: `AuthorizedKeysFile .ssh/authorized_keys ${directory}/%u\n`,
} as const;
