import type { LogEntry, ResourceEvent } from '@prunella/core';
import { expect, test } from 'vitest';
import { beginOutage, followOutage, missingFrom } from './story.ts';

const line = (at: number, event: ResourceEvent): LogEntry => ({
  sequence: at,
  at,
  resource: 'postgres/main',
  incident: 'postgres-main-1',
  event,
});

const intended = (attempt: string, step: string): ResourceEvent => ({
  type: 'attempt-intended',
  attempt,
  step,
  run: 1,
  permit: 'p',
  targets: ['db1'],
  resolved: true,
});

const healed: readonly LogEntry[] = [
  line(11, { type: 'incident-suspected', reason: '3 of 3', firstFaultAt: 10 }),
  line(12, { type: 'incident-opened', reason: 'probe', firstFaultAt: 10, playbook: 'demo' }),
  line(13, intended('1', 'apply')),
  line(14, { type: 'verdict-given', attempt: '1', verdict: 'ineffective', reason: '' }),
  line(15, intended('2', 'restart')),
  line(16, { type: 'verdict-given', attempt: '2', verdict: 'effective', reason: '' }),
  line(17, { type: 'incident-closed', reason: '', credit: { to: 'attempt', attempt: '2' } }),
];

function follow(lines: readonly LogEntry[]) {
  const outage = beginOutage(10);
  for (const entry of lines) followOutage(outage, entry);
  return outage;
}

test('a healing as it must be has nothing missing', () => {
  expect(missingFrom(follow(healed))).toEqual([]);
});

test.each(healed.map((_, index) => index))('a healing without its line %i is found incomplete', (index) => {
  expect(missingFrom(follow(healed.toSpliced(index, 1)))).not.toEqual([]);
});

test('a recovery that the demo did not bring about is no success', () => {
  const byItself = healed.with(
    6,
    line(17, { type: 'incident-closed', reason: '', credit: { to: 'itself' } }),
  );
  expect(missingFrom(follow(byItself))).toEqual(['the recovery was not credited to the second attempt']);
});

test('lines from before the break belong to an earlier outage', () => {
  const outage = beginOutage(100);
  for (const entry of healed) followOutage(outage, entry);
  expect(outage.openedAt).toBeNull();
});
