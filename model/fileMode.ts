/** Three octal digits, with or without a leading 0. */
export const fileModeFormat = /^0?[0-7]{3}$/;

/** The permission bits of a mode in this format. */
export const parseFileMode = (octal: string): number => Number.parseInt(octal, 8);

/** As three octal digits. */
export const fileModeText = (mode: number): string => mode.toString(8).padStart(3, "0");

/** Whether every user of the machine may read a file of this mode. */
export const isReadableByAll = (mode: number): boolean => (mode & 0o004) !== 0;
