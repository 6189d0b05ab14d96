const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** The largest duration that a text may name: 366 days, in ms. */
export const longestDurationMs = 366 * unitsMs.d;

/** Units from the largest to the smallest, each at most once: `90s`, `1m30s`, `24h`, `1.5s`, `250ms`. */
export const durationPattern =
  /^(?=\d)(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;

/** Milliseconds, or null where the text is no duration or names one longer than 366 days. */
export function parseDuration(text: string): number | null {
  if (text.length > 40) return null;
  const match = durationPattern.exec(text);
  if (match === null) return null;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', milliseconds = '0'] = match;
  const totalMs =
    Number(days) * unitsMs.d +
    Number(hours) * unitsMs.h +
    Number(minutes) * unitsMs.m +
    Number(seconds) * unitsMs.s +
    Number(milliseconds);
  const roundedMs = Math.round(totalMs);
  return roundedMs <= longestDurationMs ? roundedMs : null;
}

/** The text form of a number of milliseconds, as `parseDuration` reads it: `1m30s`. */
export function formatDuration(durationMs: number): string {
  let restMs = Math.max(0, Math.round(durationMs));
  if (restMs === 0) return '0s';
  let text = '';
  for (const [unit, sizeMs] of Object.entries(unitsMs)) {
    const count = Math.floor(restMs / sizeMs);
    restMs -= count * sizeMs;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
