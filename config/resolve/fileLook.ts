/** The content of a text file, or why it cannot be read, as in a FileLook. */
export type FileText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "none"; readonly why: string };

/** What can be found out about a file without changing it. */
export type FileLook =
  | {
      readonly kind: "file";
      /** In bytes. */
      readonly size: number;
      /** The permission bits, such as 0o600. */
      readonly mode: number;
      /** Its first kilobyte, or all of a shorter one. */
      readonly head: Buffer;
    }
  /** `why` ends the sentence "<path> …": "does not exist", "can't be read (EACCES)". */
  | { readonly kind: "none"; readonly why: string };
