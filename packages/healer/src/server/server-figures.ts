import type { RequestCounts } from '../metrics/request-counts.ts';

/** What counts, and writes `/metrics`. */
export interface ServerFigures {
  readonly requests: RequestCounts;
  /** The page, in Prometheus' text format. */
  text(): Promise<string>;
  /** True: it is for everybody. False: for viewers. */
  readonly isOpen: boolean;
  /** A report that nobody could read. */
  malformedReport(): void;
}
