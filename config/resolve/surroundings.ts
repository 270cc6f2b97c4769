import type { ConfigProblem } from "../messages/problem.ts";
import type { FileLook, FileText } from "./fileLook.ts";

/** What a lab depends on besides its config; `gatherSurroundings.ts` reads it. */
export interface Surroundings {
  readonly stack: string;
  /** Keys of the namespace other than `hardway:cluster`; there should be none. */
  readonly otherKeys: readonly string[];
  /** The stack's config file: its name for messages, its text for line numbers. */
  readonly file: { readonly name: string; readonly text?: string | undefined };
  /** HARDWAY_DOMAIN_TYPE, HARDWAY_BASE_IMAGE. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What `~` stands for. */
  readonly home: string;
  /** The checkout, where relative paths begin. */
  readonly directory: string;
  /** Whether /dev/kvm can be opened for reading and writing here. */
  readonly kvmOpens: boolean;
  /** The mirror's lock; no text if the file does not exist. */
  readonly lock: { readonly path: string; readonly text?: string | undefined };
  /** The path at which `lab` keeps an image given by URL and hash, after it checked the hash. */
  readonly ownImage: (sha256: string) => string;
  readonly look: (path: string) => FileLook;
  /** Reads a text file that the config names. */
  readonly read: (path: string) => FileText;
}

/** A part of the lab and its errors. If the part is missing, there is at least one error. */
export interface Resolved<T> {
  readonly value?: T;
  readonly problems: readonly ConfigProblem[];
}
