import { World, type WorldOptions } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { articlePlaybook, highstate, minutes, restart, seconds } from './playbooks.ts';

const outageAt = minutes(5);

const restartMends: NonNullable<WorldOptions['act']> = (order, world) => {
  if (order.step === 'restart') world.at(world.elapsed + seconds(3), () => world.heals());
  const targets = order.targets.map((id) => ({
    id,
    outcome: 'succeeded' as const,
    detail: '',
    fenced: true,
  }));
  return { tookMs: seconds(5), result: { outcome: 'succeeded', summary: 'done', targets } };
};

function broken(options: Partial<WorldOptions> = {}): World {
  const world = new World({ playbook: articlePlaybook(), act: restartMends, ...options });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(outageAt, () => world.breaks());
  return world;
}

describe('a relapse', () => {
  it('within half an hour reopens the same incident; counts go on, after starts anew', () => {
    const world = broken();
    world.at(minutes(30), () => world.breaks());
    world.runUntil(minutes(30) + minutes(12));
    const [opened, ...more] = world.timesOf('incident-opened');
    expect(opened).toBeDefined();
    expect(more).toEqual([]);
    expect(world.timesOf('incident-reopened')).toEqual([minutes(31)]);
    expect(world.eventsOf('attempt-intended').map(({ step, run }) => `${step} ${run}`)).toEqual([
      'highstate 1',
      'restart 1',
      'highstate 2',
      'restart 2',
    ]);
    const relapse = world.orders.slice(2).map(({ at }) => Math.round(at / 60_000));
    expect(relapse).toEqual([35, 40]);
  });

  it('later than that is an incident of its own', () => {
    const world = broken();
    world.at(minutes(60), () => world.breaks());
    world.runUntil(minutes(63));
    expect(world.timesOf('incident-opened')).toHaveLength(2);
    expect(world.timesOf('incident-reopened')).toEqual([]);
  });

  it('suspected in time and confirmed too late still is one: no attempt has the id of another', () => {
    const world = broken();
    world.runUntil(minutes(20));
    const [closedAt = 0] = world.timesOf('incident-closed');
    world.at(closedAt + minutes(29) + seconds(40), () => world.breaks());
    world.runUntil(closedAt + minutes(38));
    expect(world.timesOf('incident-opened')).toHaveLength(1);
    expect(world.timesOf('incident-reopened')).toHaveLength(1);
    const attempts = world.orders.map(({ order }) => order.attempt);
    expect(attempts).toHaveLength(3);
    expect(new Set(attempts).size).toBe(3);
  });

  it('the third time in an hour makes every step ask', () => {
    const world = broken({ playbook: articlePlaybook({ limits: { attemptsPerDay: 100 } }) });
    for (const at of [25, 45]) world.at(minutes(at), () => world.breaks());
    world.runUntil(minutes(52));
    expect(world.timesOf('incident-opened').length + world.timesOf('incident-reopened').length).toBe(3);
    expect(world.timesOf('approval-requested')).toHaveLength(1);
  });
});

describe('a relapse of what was said of the incident before its closing', () => {
  const relapsing = (open: Parameters<typeof articlePlaybook>[0]): World => {
    const world = broken({ playbook: articlePlaybook(open) });
    world.at(outageAt + minutes(4), () => world.heals());
    world.at(minutes(20), () => world.breaks());
    return world;
  };

  it('is not left to the person who claimed it then', () => {
    const world = relapsing({});
    world.at(outageAt + minutes(3), () => world.command({ type: 'claim', reason: 'I see to the disks' }));
    world.runUntil(minutes(26));
    expect(world.timesOf('incident-reopened')).toHaveLength(1);
    expect(world.orders.map(({ order }) => order.step)).toEqual(['highstate']);
  });

  it('does not wait for ever for an attempt of ours that ended while it was closed', () => {
    const world = relapsing({});
    world.at(outageAt + minutes(2), () => {
      const cause = { attempt: 'redis~cache.x.1', resource: 'redis/cache', targets: ['minion-db1'] };
      const incident = world.state.incident?.id ?? '';
      world.input({
        type: 'lineage',
        incident,
        cause: { ...cause, startedAt: world.agenda.now, endedAt: null },
      });
    });
    world.runUntil(minutes(27));
    expect(world.timesOf('incident-reopened')).toHaveLength(1);
    expect(world.eventsOf('approval-requested')).toHaveLength(1);
    expect(world.state.incident?.attempt?.approval?.by).toBeNull();
  });

  it('that is the echo of a repair of ours waits and asks, as an incident of its own would', () => {
    const world = relapsing({ open: { signals: [{ type: 'alert' }], confirm: { by: 'none' } } });
    world.at(minutes(20), () =>
      world.input({
        type: 'signal',
        signal: {
          id: '1',
          source: 'alertmanager',
          type: 'alert',
          resource: world.resource,
          status: 'firing',
          summary: 'down',
          data: { attempt: 'redis~cache.mf1x2abc.3' },
        },
      }),
    );
    world.runUntil(minutes(30));
    expect(world.timesOf('incident-reopened')).toHaveLength(1);
    expect(world.state.incident?.cause?.attempt).toBe('redis~cache.mf1x2abc.3');
    expect(world.orders).toEqual([]);
  });

  it('is not said to be suppressed by a maintenance that was over', () => {
    const world = relapsing({ ladder: [{ ...highstate, afterMs: minutes(2) }] });
    world.at(outageAt + minutes(1), () =>
      world.command({ type: 'maintenance-begin', forMs: minutes(8), reason: '' }),
    );
    world.at(minutes(21) + seconds(30), () => world.heals());
    world.runUntil(minutes(27));
    expect(world.eventsOf('incident-closed').map(({ suppressed }) => suppressed)).toEqual([
      'maintenance',
      'recovered',
    ]);
  });
});

describe('a recovery', () => {
  it('after an ineffective verdict is late, and counted for nobody', () => {
    const world = broken({ playbook: articlePlaybook({ ladder: [highstate] }) });
    world.at(outageAt + minutes(9), () => world.heals());
    world.runUntil(outageAt + minutes(12));
    expect(world.eventsOf('incident-closed')).toMatchObject([{ credit: { to: 'late' } }]);
  });

  it('between the start and the verdict is owed to the attempt', () => {
    const world = broken({ playbook: articlePlaybook({ ladder: [highstate] }) });
    world.at(outageAt + minutes(6), () => world.heals());
    world.runUntil(outageAt + minutes(12));
    expect(world.eventsOf('incident-closed')).toMatchObject([{ credit: { to: 'attempt' } }]);
  });

  it('from a relapse is not owed to what was done before it', () => {
    const world = broken();
    world.at(minutes(30), () => world.breaks());
    world.at(minutes(32), () => world.heals());
    world.runUntil(minutes(40));
    expect(world.eventsOf('incident-closed').map(({ credit }) => credit.to)).toEqual(['attempt', 'itself']);
  });

  it('that does not last for the soak is none', () => {
    const world = broken({ playbook: articlePlaybook({ ladder: [highstate] }) });
    world.at(outageAt + minutes(6), () => world.heals());
    world.at(outageAt + minutes(6) + seconds(20), () => world.breaks());
    world.runUntil(outageAt + minutes(8));
    expect(world.eventsOf('verdict-given')).toMatchObject([{ verdict: 'ineffective' }]);
  });
});

describe('an exhausted ladder', () => {
  it('tells a person at the first ineffective run of the last step, and at the end', () => {
    const world = broken({
      playbook: articlePlaybook({ limits: { attemptsPerDay: 100 } }),
      act: () => ({ tookMs: seconds(5), result: { outcome: 'succeeded', summary: 'done', targets: [] } }),
    });
    world.runUntil(minutes(60));
    expect(world.timesOf('incident-exhausted')).toHaveLength(1);
    const needed = world.commands.flatMap(({ command }) =>
      command.type === 'notify' && command.needsPerson ? [command.text] : [],
    );
    expect(needed).toHaveLength(2);
    expect(needed[0]).toContain('the last step, restart, did not help');
    expect(world.orders).toHaveLength(5);
  });

  it('tells a person as well where the steps that are left are not for the faults that are shown', () => {
    const world = broken({
      playbook: articlePlaybook({
        ladder: [
          { ...highstate, max: 1 },
          { ...restart, when: ['corrupt'] },
        ],
      }),
      act: () => ({ tookMs: seconds(5), result: { outcome: 'succeeded', summary: 'done', targets: [] } }),
    });
    world.runUntil(minutes(40));
    const needed = world.commands.flatMap(({ command }) =>
      command.type === 'notify' && command.needsPerson ? [command.text] : [],
    );
    expect(needed).toHaveLength(1);
    expect(needed[0]).toContain('the last step, highstate, did not help');
  });

  it('begins again when a person resumes it', () => {
    const world = broken({
      playbook: articlePlaybook({ limits: { attemptsPerDay: 100 }, ladder: [{ ...highstate, max: 1 }] }),
    });
    world.runUntil(minutes(20));
    expect(world.timesOf('incident-exhausted')).toHaveLength(1);
    world.command({ type: 'resume-ladder' });
    world.runUntil(minutes(25));
    expect(world.orders).toHaveLength(2);
  });
});

describe('the budget', () => {
  it('of four attempts a day holds the fifth', () => {
    const world = broken({
      act: () => ({ tookMs: seconds(5), result: { outcome: 'succeeded', summary: 'done', targets: [] } }),
    });
    world.runUntil(minutes(120));
    expect(world.orders).toHaveLength(4);
    expect(world.eventsOf('attempt-held').at(-1)?.hold.guardrail).toBe('budget');
  });
});

describe('a healer that was away', () => {
  it('while an attempt was in flight takes its result and does not run it twice', () => {
    const world = broken({ playbook: articlePlaybook({ ladder: [{ ...restart, afterMs: minutes(5) }] }) });
    world.at(outageAt + minutes(5) + seconds(1), () => world.crash(seconds(2)));
    world.runUntil(outageAt + minutes(20));
    expect(world.orders).toHaveLength(1);
    expect(world.eventsOf('verdict-given')).toMatchObject([{ verdict: 'effective' }]);
    expect(world.eventsOf('incident-closed')).toMatchObject([{ credit: { to: 'attempt' } }]);
  });

  it('while several steps became due starts one, after its grace, on fresh evidence', () => {
    const world = broken();
    world.at(outageAt + minutes(2), () => world.crash(minutes(20)));
    world.runUntil(outageAt + minutes(23) + seconds(30));
    expect(world.orders.map(({ order }) => order.step)).toEqual(['highstate']);
    expect(world.orders[0]?.at).toBeGreaterThanOrEqual(outageAt + minutes(23));
  });

  it('while the resource recovered does nothing', () => {
    const world = broken();
    world.at(outageAt + minutes(2), () => world.crash(minutes(20)));
    world.at(outageAt + minutes(10), () => world.heals());
    world.runUntil(outageAt + minutes(40));
    expect(world.orders).toEqual([]);
    expect(world.eventsOf('incident-closed')).toHaveLength(1);
  });

  it('keeps a request for approval open', () => {
    const world = broken({ playbook: articlePlaybook({ ladder: [{ ...highstate, autonomy: 'ask' }] }) });
    world.runUntil(outageAt + minutes(6));
    world.crash(seconds(5));
    world.runUntil(outageAt + minutes(8));
    const [proposed] = world.eventsOf('approval-requested');
    world.command({ type: 'approve', attempt: proposed?.attempt ?? '' });
    world.runUntil(outageAt + minutes(9));
    expect(world.orders).toHaveLength(1);
  });
});
