/** All of a text file, or why there is none, as in a FileLook. */
export type FileText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "none"; readonly why: string };

/** What is to be seen of a file without changing anything. */
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
  /** `why` ends the sentence "<path> …": "does not exist", "is a directory", "can't be read (EACCES)". */
  | { readonly kind: "none"; readonly why: string };
