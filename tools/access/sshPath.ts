/**
 * Quotes a path for ssh's options that name files. ssh ends an unquoted path at white space and
 * expands `%d` and similar tokens.
 */
export function sshPath(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&").replaceAll("%", "%%")}"`;
}
