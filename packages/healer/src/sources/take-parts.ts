import type { Signal } from '@prunella/core';
import type { AcceptSignal, SignalReceipt } from './source.ts';
import { type FateCounts, noFates, type SourceCounts, type SourceFate } from './source-counts.ts';

/** One thing that a request told: a signal, or why there is none. */
export type Part = { readonly at: string } & (
  | { readonly fate: 'signal'; readonly signal: Signal }
  | { readonly fate: 'ignored' | 'unmapped'; readonly reason: string }
);

/** What became of the parts of a request, as it is answered. */
export interface SourceAnswer extends FateCounts {
  /** What was not taken, and why: `alerts[3]: ...`. The first 20. */
  readonly problems: readonly string[];
}

/** Nothing is wrong with the request: sent again later it is taken, and what is on disk already is a duplicate. */
export interface LaterAnswer {
  readonly later: 'busy' | 'stopping';
  readonly reason: string;
}

/** Signals that are written together. */
const atOnce = 100;
const problemsShown = 20;

/** Hands in what is a signal, and counts what became of each part. Rejects where the disk does not take it. */
export async function takeParts(
  source: string,
  parts: readonly Part[],
  accept: AcceptSignal,
  counts: SourceCounts,
): Promise<SourceAnswer | LaterAnswer> {
  const fates = { ...noFates };
  const problems: string[] = [];
  const note = ({ at }: Part, fate: SourceFate, reason: string | null) => {
    fates[fate] += 1;
    counts.count(source, fate);
    if (reason !== null && problems.length < problemsShown) problems.push(`${at}: ${reason}`);
  };
  for (let start = 0; start < parts.length; start += atOnce) {
    const some = parts.slice(start, start + atOnce);
    const receipts = await Promise.all(
      some.map((part) => (part.fate === 'signal' ? accept(part.signal) : null)),
    );
    for (const [index, part] of some.entries()) {
      const receipt = receipts[index] ?? null;
      if (part.fate !== 'signal') note(part, part.fate, part.fate === 'ignored' ? null : part.reason);
      else if (receipt !== null) noteReceipt(part, receipt, note);
    }
    const later = receipts.find(isLater);
    if (later !== undefined) return { later: later.later, reason: later.reason };
  }
  return { ...fates, problems };
}

function noteReceipt(
  part: Part,
  receipt: SignalReceipt,
  note: (part: Part, fate: SourceFate, reason: string | null) => void,
): void {
  if (receipt.accepted) note(part, receipt.duplicate ? 'duplicate' : 'taken', null);
  else if (receipt.later === undefined) note(part, 'refused', receipt.reason);
}

function isLater(
  receipt: SignalReceipt | null,
): receipt is Extract<SignalReceipt, { accepted: false }> & { readonly later: 'busy' | 'stopping' } {
  return receipt !== null && !receipt.accepted && receipt.later !== undefined;
}
