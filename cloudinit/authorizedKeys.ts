/**
 * How people log in to a machine that is made here, beside the program. The seed, which can't change without a reboot, only
 * says where their keys are; the keys themselves are in a file of the host step's, which sshd reads at every login. The
 * program's own key is in root's own file, which no step touches: whatever goes wrong here, it is not locked out.
 */

const directory = "/etc/ssh/authorized_keys.d";

/** A file of a step's: a public key a line. Named like its user, so that nobody else is let in by it. */
export const authorizedKeysPathOf = (user: string): string => `${directory}/${user}`;

/** Of those who log in as root. */
export const authorizedKeysPath = authorizedKeysPathOf("root");

/** sshd counts the first value that it reads, and every distribution's sshd_config begins by reading this directory. */
export const sshdDropIn = {
  path: "/etc/ssh/sshd_config.d/10-hardway.conf",
  content: `AuthorizedKeysFile .ssh/authorized_keys ${directory}/%u\n`,
} as const;
