/** A wording that readers stumble over, and the plain one. */
export interface Wording {
  /** The wording; matched as whole words, any white space for a space. */
  readonly instead: string;
  readonly say: string;
  /** Text in which the wording is meant literally: allowed there. */
  readonly literal?: RegExp;
}

export const wordList: readonly Wording[] = [
  { instead: "anew", say: "again, recreate" },
  { instead: "mend(s|ed|ing)?", say: "fix, repair" },
  { instead: "tell(s|ing)?|told", say: "report, return, print; distinguish" },
  {
    instead: "(stands?|stood|standing) (in|on|under|there|beside|behind|over)",
    say: "is in, is set in",
  },
  { instead: "(hangs?|hanging|hung) on", say: "depends on" },
  // `nobody` is also a user of every Linux system.
  { instead: "nobody", say: "no one, no component", literal: /(user|as) nobody/ },
  { instead: "whoever|whomever|somebody|everybody|anybody", say: "a user, a component, a client" },
  { instead: "a person's( own)?|(of )?one's own", say: "the user's, custom" },
  { instead: "(is|are|was|were|be|been) had", say: "is available, can be downloaded" },
  // "By itself" is also "alone", which is the better word for that.
  { instead: "by (itself|themselves)", say: "automatically; alone" },
  { instead: "(take|takes|taken|taking|took) away", say: "remove, delete" },
  { instead: "undo(es|ing|ne)?|undid", say: "remove, revert" },
  {
    instead: "bring(s|ing)?|brought",
    say: "install, download, provide",
    literal: /bring-up|`bring`/,
  },
  { instead: "(is|are|was|were|be|not) (well|ill)(?! (known|tested))", say: "healthy, unhealthy" },
  { instead: "in turn", say: "one at a time, rolling" },
  { instead: "that (is|are|was|were) there", say: "existing" },
  { instead: "company's|companies'", say: "corporate" },
];
