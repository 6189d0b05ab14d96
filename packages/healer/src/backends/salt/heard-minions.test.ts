import { expect, it } from 'vitest';
import { HeardMinions, stateRunsOf } from './heard-minions.ts';

function heardAt() {
  const clock = { now: 10_000 };
  return { clock, heard: new HeardMinions(() => clock.now) };
}

it('spares the question where each of them said a moment ago that it is there', () => {
  const { heard } = heardAt();
  heard.take(['db1', 'db2'], 9_000);
  expect(heard.all(['db1'])).toBe(true);
  expect(heard.all(['db1', 'db2'])).toBe(true);
  expect(heard.all(['db1', 'db3'])).toBe(false);
  expect(heard.all([])).toBe(false);
});

it('counts from when they were asked, however late the answer came', () => {
  const { heard, clock } = heardAt();
  heard.take(['db1'], 8_000);
  expect(heard.all(['db1'])).toBe(false);
  heard.take(['db1'], 9_500);
  // Asked before, and answered after it.
  heard.take(['db1'], 9_000);
  clock.now = 11_499;
  expect(heard.all(['db1'])).toBe(true);
  clock.now = 11_500;
  expect(heard.all(['db1'])).toBe(false);
});

it('tells no state runs of an order that took long: they may be over', () => {
  const { heard, clock } = heardAt();
  const returns = new Map([['db1', { value: { prunella: 1, state_runs: [{ jid: '1' }] }, retcode: 0 }]]);
  expect(heard.ofOrder(returns, 9_000)).toEqual(stateRunsOf(returns));
  expect(heard.all(['db1'])).toBe(true);
  clock.now = 70_000;
  expect(heard.ofOrder(returns, 10_000).size).toBe(0);
});

it('hears of state runs only from an order that tells them', () => {
  const returns = new Map(
    Object.entries({
      db1: { prunella: 1, status: 'done', state_runs: [{ jid: '1', fun: 'state.apply', user: 'root' }] },
      db2: { prunella: 1, status: 'done', state_runs: [] },
      before: { prunella: 1, status: 'done' },
      plain: { state_runs: [] },
      none: 'the minion function caused an exception',
    }).map(([id, value]) => [id, { value, retcode: 0 }] as const),
  );
  expect([...stateRunsOf(returns)]).toEqual([
    ['db1', { value: [{ jid: '1', fun: 'state.apply', user: 'root' }], retcode: null }],
    ['db2', { value: [], retcode: null }],
  ]);
});
