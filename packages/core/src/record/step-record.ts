import type { Verdict } from '../decide/event.ts';

/** What became of the decisions of one step at one resource, over all its incidents. */
export interface StepRecord {
  readonly step: string;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Attempts that were decided on: shadowed, put before a person, or sent. */
  readonly decisions: number;
  /** Of them: the resource recovered before anything was done, or without it. */
  readonly recoveredFirst: number;
  /** Of those put before a person: answered with yes, with no, and not at all. */
  readonly agreed: number;
  readonly disagreed: number;
  readonly unanswered: number;
  /** Sent, by what became of them. */
  readonly runs: number;
  readonly effective: number;
  readonly ineffective: number;
  readonly unverified: number;
  /** Recoveries that are owed to it, and how many of these relapsed. */
  readonly credited: number;
  readonly relapsed: number;
  readonly harmful: number;
  /** The newest verdicts, the newest last, at most 20. */
  readonly recent: readonly { readonly attempt: string; readonly at: number; readonly verdict: Verdict }[];
  /** After a harmful result, until a person lifts it: the step is `ask` at most. Null where not so. */
  readonly demoted: { readonly at: number; readonly attempt: string; readonly reason: string } | null;
}

export function emptyRecord(step: string, at: number): StepRecord {
  return {
    step,
    firstAt: at,
    lastAt: at,
    decisions: 0,
    recoveredFirst: 0,
    agreed: 0,
    disagreed: 0,
    unanswered: 0,
    runs: 0,
    effective: 0,
    ineffective: 0,
    unverified: 0,
    credited: 0,
    relapsed: 0,
    harmful: 0,
    recent: [],
    demoted: null,
  };
}
