import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { KnownSignals } from '../../src/store/known-signals.ts';

function tableOf(count: number): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  database.exec('CREATE TABLE signals (sequence INTEGER PRIMARY KEY, key TEXT NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO signals (key) VALUES (?)');
  for (let number = 0; number < count; number += 1) insert.run(keyOf(number));
  return database;
}

const keyOf = (number: number) => JSON.stringify(['alerts', `app/${number % 90}`, 'disk.full', `${number}`]);
const isKnown = (known: KnownSignals, count: number) =>
  Array.from({ length: count }, (_, number) => known.mayHave(keyOf(number)));

it('denies nothing until it has read all that there is', () => {
  const known = new KnownSignals(tableOf(600));
  for (let step = 0; step < 3; step += 1) {
    expect(known.mayHave('new')).toBe(true);
    known.fill();
  }
  expect(known.mayHave('new')).toBe(false);
  expect(isKnown(known, 600)).not.toContain(false);
});

it('denies none that came in while it was read or after', () => {
  const known = new KnownSignals(tableOf(300));
  known.fill();
  known.add(['meanwhile']);
  known.fill();
  known.add(['after']);
  expect(['meanwhile', 'after', 'never'].map((key) => known.mayHave(key))).toEqual([true, true, false]);
});

it('denies nearly all that are new with as many known as a store keeps', () => {
  const known = new KnownSignals(tableOf(0));
  known.fill();
  known.add(Array.from({ length: 200_000 }, (_, number) => keyOf(number)));
  const wrong = Array.from({ length: 10_000 }, (_, number) => known.mayHave(keyOf(1_000_000 + number)));
  expect(wrong.filter((each) => each).length).toBeLessThan(300);
});

it('forgets what the table has forgotten once it is crowded, and answers meanwhile', () => {
  const known = new KnownSignals(tableOf(300));
  for (let step = 0; step < 2; step += 1) known.fill();
  known.add(Array.from({ length: 400_000 }, (_, number) => `gone ${number}`));
  const before = Array.from({ length: 1_000 }, (_, number) => known.mayHave(`gone ${number}`));
  expect(before).not.toContain(false);
  known.fill();
  expect(known.mayHave(keyOf(299))).toBe(true);
  known.fill();
  expect(isKnown(known, 300)).not.toContain(false);
  const after = Array.from({ length: 1_000 }, (_, number) => known.mayHave(`gone ${number}`));
  expect(after.filter((each) => each).length).toBeLessThan(30);
});
