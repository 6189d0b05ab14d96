import type { Explanation } from '@prunella/core';
import type { AnsweredLogEntry } from '../answers.ts';

/** How things stand with the connection. */
export type LinkState =
  | { readonly is: 'connecting' }
  | { readonly is: 'live' }
  /** Tried again at `againAt`, ms since the Unix epoch. */
  | { readonly is: 'lost'; readonly why: string; readonly againAt: number };

/** What is shown. */
export interface FleetView {
  readonly address: string;
  /** The only one that is watched; null for all. */
  readonly resource: string | null;
  readonly link: LinkState;
  readonly paused: { readonly by: string; readonly reason: string; readonly at: number } | null;
  readonly refusedConfiguration: { readonly at: number; readonly reason: string } | null;
  /** How many resources are in which state. */
  readonly states: Readonly<Record<string, number>>;
  /** Of what is not ok, the most urgent first, and of the one that is watched. */
  readonly explanations: readonly Explanation[];
  /** The newest last. */
  readonly entries: readonly AnsweredLogEntry[];
}
