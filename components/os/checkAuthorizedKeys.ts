import { authorizedKeysPath } from "../../cloudinit/authorizedKeys.ts";

/** @param keys what would let nobody in where sshd does not read the directory of people's keys */
export const keysAreRead = (keys: string): string =>
  `[[ $("$(command -v sshd)" -T) == *"${authorizedKeysPath.replace(/[^/]*$/, "")}"* ]] ||
  fail "sshd of this image reads nothing in /etc/ssh/sshd_config.d, so ${keys} would let nobody in; use an image whose sshd_config includes that directory, or take the keys out"
`;
