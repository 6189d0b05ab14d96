/** How a check ended, in the words of Nagios. `unknown`: nothing is known of what was to be checked. */
export type CheckState = 'ok' | 'warning' | 'critical' | 'unknown';

export interface CheckOutcome {
  readonly state: CheckState;
  /** What was seen, in a line. */
  readonly detail: string;
  /** What was said, as evidence; cut. */
  readonly output?: string;
}

/** One question that is asked again and again. */
export interface Check {
  /** Never throws. Ends within the signal's abort, and leaves nothing behind. */
  run(signal: AbortSignal): Promise<CheckOutcome>;
}

/** Longest output that is kept as evidence, in characters. */
export const outputLength = 4_000;

/** A line for the log and for terminals. */
export function inLine(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 500);
}
