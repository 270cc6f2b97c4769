import { authorizedKeysPath } from "../../cloudinit/authorizedKeys.ts";

/**
 * The lines that check whether sshd reads the directory of users' keys.
 *
 * @param keys the config keys that the error names
 */
export const checkSshdReadsKeyDirectory = (keys: string): string =>
  `[[ $("$(command -v sshd)" -T) == *"${authorizedKeysPath.replace(/[^/]*$/, "")}"* ]] ||
  fail "sshd of this image reads nothing in /etc/ssh/sshd_config.d, so ${keys} would let nobody in; use an image whose sshd_config includes that directory, or take the keys out"
`;
