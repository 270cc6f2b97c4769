import type { ConfigProblem } from "../messages/problem.ts";
import type { FileLook, FileText } from "./fileLook.ts";

/** What a lab depends on besides its config. `gatherSurroundings.ts` reads it. */
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
  /** The mirror's lock; no text where there is no such file. */
  readonly lock: { readonly path: string; readonly text?: string | undefined };
  /** Where `lab` keeps an image that the config gives by URL and hash, once its bytes had that hash. */
  readonly ownImage: (sha256: string) => string;
  readonly look: (path: string) => FileLook;
  /** All of a text file that the config names. */
  readonly read: (path: string) => FileText;
}

/** A part of the lab, and what is wrong with it; without the part, at least one thing is. */
export interface Resolved<T> {
  readonly value?: T;
  readonly problems: readonly ConfigProblem[];
}
