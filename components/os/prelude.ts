import { library, libraryPath } from "../remote/script.ts";

/**
 * Places `step.sh` before anything can use it; only the operating-system step has this before its
 * script. Without `set -e` an older file would be read.
 */
export const osPrelude = `set -e
mkdir -p ${libraryPath.replace(/\/[^/]*$/, "")}
cat >${libraryPath}.new <<'LIBRARY'
${library}LIBRARY
mv -f ${libraryPath}.new ${libraryPath}
. ${libraryPath}
`;
