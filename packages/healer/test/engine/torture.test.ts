import { expect, it } from 'vitest';
import { crashPoints } from '../../src/engine/crash-point.ts';
import { type Defect, defects } from '../../torture/defects.ts';
import { torture } from '../../torture/torture.ts';

it('killed 200 times under load, at every crash point and at random, it keeps every promise', async () => {
  const report = await torture({ kills: 200, seed: 1 });
  expect(report.failures).toEqual([]);
  expect(report).toMatchObject({ complete: true, kills: 200 });
  const moments = [...crashPoints, 'inside-commit', 'at random'];
  expect(
    moments.filter((moment) => report.killsAt[moment] === undefined),
    'moments without a kill',
  ).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(0);
  // Each way of ending is among those that the rules looked at.
  for (const outcome of ['succeeded', 'failed', 'unknown', 'never sent']) {
    expect(report.outcomes[outcome], outcome).toBeGreaterThan(0);
  }
}, 300_000);

/** The rules that a defect must break: being caught by chance, by another one, proves nothing. */
const brokenBy: Readonly<Record<Defect, RegExp>> = {
  'acknowledges-early': /is not in the store|without its intent on disk/,
  'acts-before-intent': /without its intent on disk/,
  'sends-again': /was sent 2 times/,
  'forgets-attempts': /still open in the store|never got a result/,
  'ignores-fences': /applied twice|overtaken|said to be never sent and was applied/,
  miscounts: /the ledger does not add up/,
};

it.each(Object.keys(defects) as Defect[])(
  'catches a healer or a target that %s',
  async (defect) => {
    const { failures } = await torture({ kills: 200, seed: 1, defect });
    expect(failures.length).toBeGreaterThan(0);
    for (const { broken, repeat } of failures) {
      expect(broken.join('\n')).toMatch(brokenBy[defect]);
      expect(repeat).toContain(`--defect ${defect}`);
    }
  },
  180_000,
);
