const gone = '***';

/** Each finds what is secret and keeps what says that it was there. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s"/@]+@/gi, `$1${gone}@`],                                                  // postgres://user:password@host
  [/("[^"]*(?:password|passwd|secret|token|authorization|credential|accesskey|private_?key)[^"]*":)"(?:[^"\\]|\\.)*"/gi, `$1"${gone}"`], // a field of such a name
  [/(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"\\]+/gi, `$1${gone}`],                           // a signed address
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, gone],                                                                // the id of a key of AWS
  [/\b((?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/g, `$1${gone}`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/gs, gone],
];

/**
 * A line of the log without passwords, keys and tokens, wherever in it they stand: errors of drivers and of the store quote
 * addresses and headers, so no list of fields would do.
 */
export const redacted = (line: string): string => secrets.reduce((text, [secret, instead]) => text.replace(secret, instead), line);
