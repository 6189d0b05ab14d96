import type { Clock } from '../clock.ts';

/** What the reporter gets from outside: time, chance, names, and a person's ear. */
export interface ReporterParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  /** Tells a person; the same thing only once. */
  readonly warn: (text: string) => void;
}
