/**
 * Recognizes values that look like secrets. Every message, log line and quoted value passes one of
 * these functions. Each pattern takes time in proportion to the text's length.
 */

const keyBegin =
  /-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d/;
const keyEnd =
  /-----END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----|Private-MAC: ?[0-9a-f]*/;

/**
 * The first characters of a private key without its BEGIN line: OpenSSH's own format, then the
 * version 0 or 1 of PKCS#8 and PKCS#1, and of RFC 5915 and Ed25519.
 */
const bareKey =
  /(?:b3BlbnNzaC1rZXktdjE|MI[IG][A-Za-z0-9+/]{1,3}[A-Za-z0-9+/]{0,2}AgE[AB]|MII[A-Za-z0-9+/]{3}IBA[AD]|M[CG]4CAQAwBQYDK2V|MHcCAQEE)[A-Za-z0-9+/]{8}/;
const bareKeyText = new RegExp(
  `${bareKey.source}[A-Za-z0-9+/=]*(?:(?:\\s|\\\\n){1,8}[A-Za-z0-9+/]{24,}={0,2})*(?:(?:\\s|\\\\n){1,8}[A-Za-z0-9+/]{1,80}={1,2})?`,
  "g",
);

/** Access tokens by the prefixes that their issuers chose, so that scanners find them. */
const token =
  /\b(?:gh[pousr]_[A-Za-z0-9]{20}|github_pat_[A-Za-z0-9_]{20}|glpat-[-\w]{16}|xox[abeprs]-[-\w]{10}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[-\w]{30}|npm_[A-Za-z0-9]{30}|dckr_pat_[-\w]{20}|hvs\.[-\w]{20}|pul-[0-9a-f]{40}|AGE-SECRET-KEY-1[A-Z0-9]{20}|eyJ[-\w]{10,2000}\.eyJ[-\w]{10})[-\w.]*/;
const tokens = new RegExp(token.source, "g");

/** Parameters of a URL that authorize its reader. */
const parameters =
  /([?&](?:access_?token|api_?key|auth|passw(?:or)?d|secret|sig(?:nature)?|token|x-amz-signature)=)[^&\s"']+/gi;

/** What a value looks like, as the object of a sentence; undefined if it does not look secret. */
export function secretIn(text: string): string | undefined {
  if (keyBegin.test(text) || bareKey.test(text)) return "a private key";
  if (hasCredentials(text)) return "a URL with credentials";
  if (token.test(text)) return "an access token";
  return text.replace(parameters, "") === text ? undefined : "a URL with credentials";
}

/**
 * Whether a URL has a password, or a user name of a web URL, which may be a token. The user name in
 * an SSH URI is not secret. A password may contain / and spaces, but a line end ends the URL, and
 * text after a server's name or port is no password.
 */
function hasCredentials(text: string): boolean {
  const scheme = text.indexOf("://");
  const at = text.lastIndexOf("@");
  if (scheme < 0) return /^[^\s:@/]{1,64}:[^\s@]{1,256}@[^\s@]+:\d+$/.test(text);
  if (at < scheme) return false;
  // A second URL may begin after the first one's host.
  return text.split(/[\r\n]|(?=\b[a-z][a-z0-9+.-]{0,20}:\/\/)/i).some((url) => {
    const [, name = "", rest = ""] = /^([a-z][a-z0-9+.-]{0,20}):\/\/(.*)$/i.exec(url) ?? [];
    const login = rest.slice(0, Math.max(0, rest.lastIndexOf("@")));
    if (/^[^\s/:@]*:(?!\d{1,5}[\s/])/.test(login)) return true;
    return /^https?$/i.test(name) && /^[^\s/:]+$/.test(login);
  });
}

/** The text with `(… not shown)` in place of whatever looks like a secret. */
export function withoutSecrets(text: string): string {
  return withoutKeys(text)
    .replace(bareKeyText, "(private key, not shown)")
    .replace(tokens, "(token, not shown)")
    .replace(parameters, "$1(not shown)")
    .replace(/\b(https?:\/\/)[^\s"'`@]{1,512}@/gi, "$1(not shown)@")
    .replace(
      /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'`@:/]{0,256}):[^\s"'`@]{1,512}@/gi,
      "$1:(not shown)@",
    );
}

/** A private key that has no end may be a part of one: the rest of the text is left out. */
function withoutKeys(text: string): string {
  let rest = text;
  let shown = "";
  for (;;) {
    const begin = keyBegin.exec(rest);
    if (begin === null) return shown + rest;
    shown += `${rest.slice(0, begin.index)}(private key, not shown)`;
    rest = rest.slice(begin.index + begin[0].length);
    const end = keyEnd.exec(rest);
    rest = end === null ? "" : rest.slice(end.index + end[0].length);
  }
}

/**
 * Returns a function for text that arrives line by line: it also leaves out the lines between the
 * first and the last line of a private key.
 */
export function secretFilter(): (text: string) => string {
  let isInKey = false;
  const line = (text: string): string[] => {
    if (isInKey) {
      if (keyEnd.test(text)) isInKey = false;
      // Whatever is no line of a key ends it, so that a lone BEGIN does not hide the rest.
      else if (!/^[\s|>]*(?:[-A-Za-z0-9+/=\\]{0,128}|[-A-Za-z]{1,32}: .{0,128})\s*$/.test(text)) {
        isInKey = false;
        return [withoutSecrets(text)];
      }
      return [];
    }
    const begin = keyBegin.exec(text);
    if (begin !== null) isInKey = !keyEnd.test(text.slice(begin.index));
    return [withoutSecrets(text)];
  };
  return (text) => text.split("\n").flatMap(line).join("\n");
}
