import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addName, emptyNames, firstNames, removeName } from './sorted-names.ts';

it('keeps the distinct names in order, however they come and go', () => {
  const changes = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 1_500 })), {
    maxLength: 4_000,
    size: 'max',
  });
  fc.assert(
    fc.property(changes, (given) => {
      const set = emptyNames();
      const counts = new Map<string, number>();
      // More of them than are told, before any goes.
      for (let index = 0; index < 1_200; index += 1) {
        addName(set, `host-${index}`);
        counts.set(`host-${index}`, 1);
      }
      for (const [isAdded, number] of given) {
        const name = `host-${number}`;
        const count = counts.get(name) ?? 0;
        if (isAdded) addName(set, name);
        else removeName(set, name);
        const after = Math.max(0, count + (isAdded ? 1 : -1));
        if (after === 0) counts.delete(name);
        else counts.set(name, after);
        // What was handed out stays as it was.
        firstNames(set);
      }
      expect(firstNames(set)).toEqual([...counts.keys()].sort().slice(0, 256));
    }),
    { numRuns: 30 },
  );
});

it('takes no more room for names that came and went than for those that are there', () => {
  const set = emptyNames();
  for (let index = 0; index < 1_000; index += 1) addName(set, `host-${index}`);
  for (let index = 1_000; index < 50_000; index += 1) {
    addName(set, `host-${index}`);
    removeName(set, `host-${index}`);
  }
  expect(Object.keys(set.counts).length).toBeLessThan(4_000);
  expect(set.rest.length).toBeLessThan(4_000);
});
