// Runs before the program, given to Node as a data: URL. Plain JavaScript, one statement a line.
const code = `
import util from "node:util";
const { inspect } = util;
const guarded = (value, options, ...rest) =>
  inspect(value, value instanceof Error && options?.colors ? { ...options, colors: false } : options, ...rest);
util.inspect = Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(inspect));
`;

/**
 * Node's arguments that prevent an endless loop: @pulumi/pulumi prints an error with
 * `util.inspect(error, { colors: true })`, which never returns for frames of source-map-support.
 * https://github.com/nodejs/node/issues/64011, fixed after 22.23.3.
 */
export const inspectGuard: readonly string[] = [
  "--import",
  `data:text/javascript,${encodeURIComponent(code)}`,
];
