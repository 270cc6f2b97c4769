/**
 * A path as the value of ssh's options that name files: there, ssh would end it at white space and take `%d` and the like
 * for what they stand for.
 */
export function sshPath(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&").replaceAll("%", "%%")}"`;
}
