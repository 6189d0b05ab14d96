import { expect, it } from 'vitest';
import { attempt as bare, facts, failing, passing } from '../../test/guardrail-facts.ts';
import { creditFor } from './credit.ts';
import type { Credit, Verdict } from './event.ts';
import type { Attempt, NodeProbe } from './state.ts';

const at = 1_800_000_000_000;

/** Begun at 10 s and judged at 70 s. */
const ran = (id: string, verdict: Verdict | null, change: Partial<Attempt> = {}): Attempt => ({
  ...bare,
  id,
  verdict,
  startedAt: at + 10_000,
  verdictAt: verdict === null ? null : at + 70_000,
  ...change,
});
const okSince = (...seconds: readonly (number | null)[]): NodeProbe[] =>
  seconds.map((second) => (second === null ? failing : { ...passing, passingSince: at + second * 1_000 }));

const attempt = (id: string): Credit => ({ to: 'attempt', attempt: id });
const itself: Credit = { to: 'itself' };
const late: Credit = { to: 'late' };

it.each<readonly [what: string, probes: NodeProbe[], attempts: Attempt[], credit: Credit]>([
  ['nothing ran', okSince(30), [], itself],
  ['nothing that ran was judged', okSince(30), [ran('a', null)], itself],
  ['what was judged never began', okSince(30), [ran('a', 'ineffective', { startedAt: null })], itself],
  ['well just before it began', okSince(9.999), [ran('a', 'effective')], itself],
  ['well as it began', okSince(10), [ran('a', 'effective')], attempt('a')],
  ['well while it ran', okSince(30), [ran('a', 'effective')], attempt('a')],
  ['of two nodes the last was well while it ran', okSince(5, 30), [ran('a', 'effective')], attempt('a')],
  ['of two nodes both were well before', okSince(5, 9), [ran('a', 'effective')], itself],
  ['a node is not well, so that now counts', okSince(5, null), [ran('a', 'effective')], attempt('a')],
  ['no probe, so that now counts', [], [ran('a', 'effective')], attempt('a')],
  ['well as the verdict that proved nothing was given', okSince(70), [ran('a', 'unverified')], attempt('a')],
  ['well after the verdict that proved nothing', okSince(70.001), [ran('a', 'unverified')], late],
  ['well before it was found ineffective', okSince(30), [ran('a', 'ineffective')], late],
  [
    'well before the last began, which one found ineffective went before',
    okSince(9),
    [ran('a', 'ineffective', { startedAt: at, verdictAt: at + 5_000 }), ran('b', 'effective')],
    late,
  ],
  [
    'well before the last began, which one of several found ineffective went before',
    okSince(9),
    [
      ran('a', 'ineffective', { startedAt: at }),
      ran('b', 'unverified', { startedAt: at + 1 }),
      ran('c', 'effective'),
    ],
    late,
  ],
  [
    'well before the last began, and nothing before was found ineffective',
    okSince(9),
    [ran('a', 'unverified', { startedAt: at }), ran('b', 'ineffective')],
    itself,
  ],
])('a recovery is owed to whom it came after: %s', (_, probes, attempts, credit) => {
  const { state } = facts({ state: { probes } });
  expect(creditFor(state, attempts, at + 200_000)).toEqual(credit);
});
