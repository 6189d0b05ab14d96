const hidden = '(hidden)';

/** `password=x`, `--token x`, `api_key: x`, in any case. */
const named =
  /([\w-]*(?:pass(?:w(?:or)?d|phrase)?|pwd|secret|token|api[-_]?key|private[-_]?key|credential)[\w-]*["']?\s*(?:[:=]\s*|\s))("[^"]*"|'[^']*'|\S+)/gi;
const inUrl = /([a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:)[^/\s@]+@/gi;
/** Long and of letters and digits mixed, as keys and hashes are; no path and no name of a host. */
const random = /(?<![\w/.-])(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{24,}(?![\w/.-])/g;

/** For texts that a state made: what looks like a secret does not get into a log or before people. */
export function hideSecrets(text: string): string {
  return text.replaceAll(inUrl, `$1${hidden}@`).replaceAll(named, `$1${hidden}`).replaceAll(random, hidden);
}
