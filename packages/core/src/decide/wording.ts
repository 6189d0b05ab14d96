/** A duration for a person: `45 s`, `5 min`, `2 h 10 min`. Below ten seconds with one decimal. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${Number((Math.max(0, ms) / 1_000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** `1 of 3 instances`, `1 instance`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Names for a person, the first few of many. */
export function list(names: readonly string[], shown = 5): string {
  const first = names.slice(0, shown).join(', ');
  return names.length > shown ? `${first} and ${names.length - shown} more` : first;
}

/** UTC, so that the same text comes out everywhere: `2026-11-23 08:05:00Z`. */
export function timeText(at: number): string {
  const isDate = Number.isFinite(at) && Math.abs(at) <= 8.64e15;
  if (!isDate) return 'an unknown time';
  return new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}

/** The minute of a day in UTC, for what ends soon: `08:15Z`. */
export function minuteText(at: number): string {
  const text = timeText(at);
  return /^\d/.test(text) ? `${text.slice(11, 16)}Z` : text;
}

/** Who stopped everything, and why where a reason was given. */
export function pauseText({ by, reason }: { readonly by: string; readonly reason: string }): string {
  return `all repairs are paused by ${by}${reason === '' ? '' : `: ${reason}`}`;
}
