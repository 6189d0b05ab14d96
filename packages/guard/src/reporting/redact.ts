import { reportLimits } from '@prunella/protocol';

const longestLookedAt = 2_000;

const rules: readonly (readonly [RegExp, string])[] = [
  // postgres://user:password@host
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, '$1***@'],
  [/\b(password|passwd|pwd|secret|secretkey|token|authorization|api[-_]?key)(\s*[=:]\s*)\S+/gi, '$1$2***'],
  // DETAIL:  Key (email)=(a@b.example) already exists.
  [/=\([^)]*\)/g, '=(***)'],
  [/(detail:?.*)$/gis, ''],
  // invalid input syntax for type integer: "what the user typed"
  [/(:\s*)"[^"]*"/g, '$1"***"'],
  [/(?<!\w)'[^']*'/g, "'***'"],
];

/** An error's text without what may be secret: credentials, and values of statements. Cut to the report's limit. */
export function redact(text: string): string {
  let redacted = text.slice(0, longestLookedAt);
  for (const [pattern, replacement] of rules) redacted = redacted.replace(pattern, replacement);
  redacted = redacted.replace(/\s+/g, ' ');
  return redacted.length > reportLimits.sampleLength
    ? `${redacted.slice(0, reportLimits.sampleLength - 1)}…`
    : redacted;
}
