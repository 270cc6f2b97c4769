/** What a check exits with if its program is not installed, as in Automake's tests. */
export const skippedExitCode = 77;
