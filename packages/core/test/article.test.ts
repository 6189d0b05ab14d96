import { World } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { articlePlaybook, minutes, seconds } from './playbooks.ts';

/** Healthy for five minutes, then broken; times in the tests count from the beginning of the outage. */
const outageAt = minutes(5);

function article(): World {
  const world = new World({ playbook: articlePlaybook() });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(outageAt, () => world.breaks());
  return world;
}

describe("the article's playbook", () => {
  it('gives highstate at 5 min, restart at 10, highstate at 15, restart at 20', () => {
    const world = article();
    world.runUntil(outageAt + minutes(24));
    const runs = world.orders.map(({ at, order }) => [order.step, Math.round((at - outageAt) / 60_000)]);
    expect(runs).toEqual([
      ['highstate', 5],
      ['restart', 10],
      ['highstate', 15],
      ['restart', 20],
    ]);
  });

  it('does nothing when the database comes back by itself in time', () => {
    const world = article();
    world.at(outageAt + minutes(4), () => world.heals());
    world.runUntil(outageAt + minutes(60));
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('incident-closed')).toMatchObject([{ credit: { to: 'itself' } }]);
  });

  it('opens after a minute, by quorum and three failed probes', () => {
    const world = article();
    world.runUntil(outageAt + minutes(2));
    expect(world.timesOf('incident-suspected')).toEqual([expect.closeTo(outageAt, -4)]);
    expect(world.timesOf('incident-opened')).toEqual([outageAt + seconds(60)]);
  });
});
