/** The command line that works on this lab: `./lab --stack ha up`. `dev` needs no option. */
export function labCommand(stack: string, command: string): string {
  return stack === "dev" ? `./lab ${command}` : `./lab --stack ${stack} ${command}`;
}
