import { expect, test } from 'vitest';
import { Tally } from './tally.ts';

const handled = (id: string, pending = false) => ({
  type: 'handled',
  id,
  pending,
  cacheOnly: pending,
  ageMs: 5,
});

test('a result that was sent, handled once and is in the history is not lost', () => {
  const tally = new Tally();
  tally.sent('a');
  tally.told(0, handled('a'));
  expect(tally.lost(new Set(['a']))).toEqual([]);
});

test('never handled, handled twice, and missing from the history are each lost', () => {
  const tally = new Tally();
  for (const id of ['never', 'twice', 'missing']) tally.sent(id);
  tally.told(0, handled('twice'));
  tally.told(1, handled('twice'));
  tally.told(0, handled('missing'));
  expect(tally.lost(new Set(['never', 'twice']))).toEqual(['never', 'twice', 'missing']);
});

test('only what was handled without the database counts as handled during the outage', () => {
  const tally = new Tally();
  tally.told(0, handled('before', true));
  tally.beginOutage();
  tally.told(0, handled('written'));
  tally.told(0, handled('kept', true));
  tally.told(0, handled('kept too', true));
  tally.endOutage();
  tally.told(0, handled('after', true));
  expect(tally.handledDuringOutage).toBe(2);
  expect(tally.instancesOnCache).toBe(1);
});

test('each instance is told once to be on its cache, and once to be back', () => {
  const tally = new Tally();
  tally.beginOutage();
  const told = [handled('a'), handled('b', true), handled('c', true), handled('d'), handled('e')];
  expect(told.map((line) => tally.told(0, line))).toEqual([null, 'on-cache', null, 'back', null]);
});

test('the results since the break are counted from the break', () => {
  const tally = new Tally();
  tally.sent('before');
  tally.beginOutage();
  tally.sent('since');
  expect(tally.sentSinceOutage).toBe(1);
  expect(tally.sentCount).toBe(2);
});

test('a result of the time before that waited is none of those since the break', () => {
  const tally = new Tally();
  tally.sent('early');
  tally.beginOutage();
  tally.sent('late');
  for (const id of ['early', 'late']) tally.told(1, { type: 'handled', id, cacheOnly: true, pending: true });
  expect({ sent: tally.sentSinceOutage, handled: tally.handledDuringOutage }).toEqual({
    sent: 1,
    handled: 1,
  });
});
