// Runs before the program, given to Node as a data: URL. Plain JavaScript, one statement a line.
const code = `
import util from "node:util";
const { inspect } = util;
const guarded = (value, options, ...rest) =>
  inspect(value, value instanceof Error && options?.colors ? { ...options, colors: false } : options, ...rest);
util.inspect = Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(inspect));
`;

/**
 * Node's arguments that keep an error of the program from hanging it: @pulumi/pulumi prints it with
 * `util.inspect(error, { colors: true })`, which loops for ever on the frames that source-map-support writes.
 * https://github.com/nodejs/node/issues/64011, fixed after 22.23.3.
 */
export const inspectGuard: readonly string[] = [
  "--import",
  `data:text/javascript,${encodeURIComponent(code)}`,
];
