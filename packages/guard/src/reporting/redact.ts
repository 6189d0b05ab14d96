import { reportLimits } from '@prunella/protocol';

const longestLookedAt = 2_000;

const rules: readonly (readonly [RegExp, string])[] = [
  // postgres://user:password@host
  [/\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1***@'],
  // DETAIL:  Key (email)=(a@b.example) already exists.
  [/=\([^)]*(\)|$)/g, '=(***)'],
  // What drivers and ORMs add: the values of a statement, or the whole of it.
  [/(\b(detail|params|parameters|bindings)\b|\sin:\s*r[.(]).*$/gis, ''],
  // invalid input syntax for type integer: "what the user typed"
  [/([:=(,]\s*)"[^"]*("|$)/g, '$1"***"'],
  [/(?<!\w)'[^']*('|$)/g, "'***'"],
  // Last, since it takes all up to the next space: where values stand in quotes only they are gone by now.
  [
    /(password|passwd|pwd|secret|secretkey|token|authorization|api[-_]?key)(["']?\s*[=:]\s*)((bearer|basic)\s+)?\S+/gi,
    '$1$2***',
  ],
];

/** An error's text without what may be secret: credentials, and values of statements. Cut to the report's limit. */
export function redact(text: string): string {
  // A secret that is cut would no longer be known as one.
  let redacted =
    text.length > longestLookedAt ? text.slice(0, longestLookedAt).replace(/\S+$/, '\u2026') : text;
  for (const [pattern, replacement] of rules) redacted = redacted.replace(pattern, replacement);
  redacted = redacted.replace(/\s+/g, ' ');
  return redacted.length > reportLimits.sampleLength
    ? `${redacted.slice(0, reportLimits.sampleLength - 1)}\u2026`
    : redacted;
}
