import { describe, expect, it } from 'vitest';
import type { PermitRequest } from '../decide/command.ts';
import type { PermitDecision } from '../decide/input.ts';
import { decideFleet, type FleetInput, nextFleetAt } from './fleet.ts';
import { initialFleetState } from './initial.ts';
import { fleetStateFrom } from './stored.ts';

const now = 1_800_000_000_000;

function request(attempt: string, change: Partial<PermitRequest> = {}): FleetInput {
  return {
    type: 'request',
    request: {
      resource: `postgres/${attempt}`,
      incident: 'i',
      attempt,
      effect: 'repairs',
      targets: ['db1'],
      attemptsPerDay: 4,
      disruptivePerFleetHour: 5,
      ...change,
    },
  };
}

/** Feeds inputs, a second apart, and answers with the last decision and every permit decision. */
function run(inputs: readonly FleetInput[], everyMs = 1_000) {
  let state = initialFleetState('here', 7);
  const decisions: PermitDecision[] = [];
  inputs.forEach((input, index) => {
    const decision = decideFleet(state, input, now + index * everyMs);
    state = decision.state;
    decisions.push(...decision.permits.map((permit) => permit.decision));
  });
  return { state, decisions };
}

const held = (decision: PermitDecision | undefined) =>
  decision?.type === 'held' ? decision.hold.guardrail : decision?.type;

describe('the fleet', () => {
  it('locks all targets of an attempt or none', () => {
    const { decisions, state } = run([
      request('a', { targets: ['db1', 'db2'] }),
      request('b', { targets: ['db2', 'db3'] }),
      request('c', { targets: ['db3'] }),
    ]);
    expect(decisions.map(held)).toEqual(['granted', 'one-in-flight', 'granted']);
    expect(state.leases.rows().map((lease) => lease.attempt)).toEqual(['a', 'c']);
  });

  it('lets targets go with the verdict', () => {
    const { decisions } = run([request('a'), { type: 'release', attempt: 'a' }, request('b')]);
    expect(decisions.map(held)).toEqual(['granted', 'granted']);
  });

  it('tells the one that waits longest for a target when it is let go, and each one once', () => {
    const { state } = run([
      request('a', { targets: ['db1', 'db2'] }),
      { type: 'used', attempt: 'a' },
      request('b'),
      request('c'),
      request('b'),
      request('d', { targets: ['db2'] }),
      request('e', { targets: ['db1', 'db2'] }),
    ]);
    const released = decideFleet(state, { type: 'release', attempt: 'a' }, now + 10_000);
    expect(released.told).toEqual([
      { resource: 'postgres/b', input: { type: 'unlocked', attempt: 'b' } },
      { resource: 'postgres/d', input: { type: 'unlocked', attempt: 'd' } },
    ]);
    expect(released.state.waiting?.rows().map(({ attempt }) => attempt)).toEqual(['c', 'e']);
    expect(decideFleet(released.state, { type: 'release', attempt: 'a' }, now + 11_000).told).toEqual([]);
  });

  it('tells nobody of a target that another attempt still holds, and forgets who waits no more', () => {
    const { state } = run([
      request('a'),
      request('b', { targets: ['db2'] }),
      request('c', { targets: ['db1', 'db2'] }),
      request('d'),
    ]);
    const first = decideFleet(state, { type: 'release', attempt: 'a' }, now + 5_000);
    expect(first.told).toEqual([{ resource: 'postgres/d', input: { type: 'unlocked', attempt: 'd' } }]);
    const granted = decideFleet(first.state, request('d'), now + 5_000);
    const second = decideFleet(granted.state, { type: 'release', attempt: 'b' }, now + 5_500);
    expect(second.told).toEqual([]);
    const third = decideFleet(second.state, { type: 'release', attempt: 'd' }, now + 6_000);
    expect(third.told).toEqual([{ resource: 'postgres/c', input: { type: 'unlocked', attempt: 'c' } }]);
    expect(third.state.waiting).toBeUndefined();
  });

  it('gives the turn of one that does not want it to the next, and waits for none that is held otherwise', () => {
    const { state } = run([request('a'), request('b'), request('c'), request('d')]);
    const held = decideFleet(state, { type: 'release', attempt: 'c' }, now + 1_000);
    expect(held.told).toEqual([]);
    const free = decideFleet(held.state, { type: 'release', attempt: 'a' }, now + 5_000);
    expect(free.told).toMatchObject([{ resource: 'postgres/b' }]);
    const passed = decideFleet(free.state, { type: 'release', attempt: 'b', turn: true }, now + 5_000);
    expect(passed.told).toEqual([{ resource: 'postgres/d', input: { type: 'unlocked', attempt: 'd' } }]);
  });

  it('tells who waits when a permit that nobody used has expired', () => {
    const { state } = run([request('a'), request('b')]);
    const { told } = decideFleet(state, { type: 'tick' }, now + 10_000);
    expect(told).toEqual([{ resource: 'postgres/b', input: { type: 'unlocked', attempt: 'b' } }]);
  });

  it('takes a permit back that is not used within 10 s, and says so', () => {
    const { decisions, state } = run([request('a'), { type: 'tick' }], 10_000);
    expect(decisions.map(held)).toEqual(['granted', 'permit-expired']);
    expect(state.leases.rows()).toEqual([]);
  });

  it('keeps a used one until it is released', () => {
    const { state } = run([request('a'), { type: 'used', attempt: 'a' }, { type: 'tick' }], 9_000);
    expect(state.leases.rows()).toHaveLength(1);
    expect(nextFleetAt(state)).toBeNull();
  });

  it('gives the same unused permit to the same attempt again', () => {
    const { decisions } = run([request('a'), request('a')]);
    expect(decisions[1]).toEqual(decisions[0]);
  });

  it('grants nothing after the kill switch and revokes what is not used', () => {
    const { decisions, state } = run([
      request('a'),
      request('b', { targets: ['db2'] }),
      { type: 'used', attempt: 'b' },
      { type: 'pause', by: 'ada', reason: 'hands on' },
      request('c', { targets: ['db3'] }),
      { type: 'resume', by: 'ada' },
      request('c', { targets: ['db3'] }),
    ]);
    expect(decisions.map(held)).toEqual(['granted', 'granted', 'kill-switch', 'kill-switch', 'granted']);
    expect(state.leases.rows().map((lease) => lease.attempt)).toEqual(['b', 'c']);
  });

  it('holds the fifth attempt of a resource in a day, and never what only restores', () => {
    const used = [1, 2, 3, 4].flatMap((each): FleetInput[] => {
      const attempt = `a${each}`;
      const same = { resource: 'postgres/main' };
      return [request(attempt, same), { type: 'used', attempt }, { type: 'release', attempt }];
    });
    const fifth = request('a5', { resource: 'postgres/main' });
    const restores = request('a6', { resource: 'postgres/main', effect: 'restores' });
    const { decisions } = run([...used, fifth, restores]);
    expect(decisions.slice(-2).map(held)).toEqual(['budget', 'granted']);
    const [answer] = decisions.slice(-2);
    expect(answer?.type === 'held' && answer.hold.until).toBe(now + 1_000 + 86_400_000);
  });

  it('counts no attempt that was never sent', () => {
    const unsent = [1, 2, 3, 4].flatMap((each): FleetInput[] => {
      const attempt = `a${each}`;
      return [
        request(attempt, { resource: 'postgres/main' }),
        { type: 'used', attempt },
        { type: 'release', attempt, unsent: true },
      ];
    });
    const { decisions } = run([...unsent, request('a5', { resource: 'postgres/main' })]);
    expect(held(decisions.at(-1))).toBe('granted');
  });

  it('holds the sixth disruptive attempt of the whole fleet in an hour', () => {
    const inputs = [1, 2, 3, 4, 5, 6].flatMap((each): FleetInput[] => {
      const attempt = `a${each}`;
      return [
        request(attempt, { effect: 'disrupts', targets: [attempt] }),
        { type: 'used', attempt },
        { type: 'release', attempt },
      ];
    });
    expect(run(inputs).decisions.map(held)).toEqual([
      'granted',
      'granted',
      'granted',
      'granted',
      'granted',
      'budget',
    ]);
  });
});

describe('the budgets of the fleet', () => {
  const hour = 3_600_000;
  const start = (ago: number, effect: 'repairs' | 'disrupts' | 'restores' = 'disrupts') => ({
    attempt: `before-${ago}`,
    resource: 'postgres/a',
    effect,
    targets: ['db9'],
    at: now - ago,
  });
  const answer = (starts: readonly ReturnType<typeof start>[], change: Partial<PermitRequest>) => {
    const before = JSON.parse(JSON.stringify(initialFleetState('here', 7)));
    const state = fleetStateFrom({ ...before, starts });
    const [permit] = decideFleet(state, request('a', change), now).permits;
    return permit?.decision.type === 'held' ? permit.decision.hold : null;
  };
  const disrupts = { effect: 'disrupts', disruptivePerFleetHour: 2, attemptsPerDay: 100 } as const;

  it('count what disrupts in a rolling hour, and nothing else', () => {
    expect(answer([start(hour - 1), start(1)], disrupts)).toMatchObject({
      guardrail: 'budget',
      until: now + 1,
    });
    expect(answer([start(hour), start(1)], disrupts)).toBeNull();
    expect(answer([start(2, 'repairs'), start(1)], disrupts)).toBeNull();
    expect(answer([start(2), start(1)], { ...disrupts, effect: 'repairs' })).toBeNull();
  });

  it('count the attempts for one resource in a rolling day, but not what restores', () => {
    const two = { attemptsPerDay: 2 };
    const held = answer([start(24 * hour - 1, 'repairs'), start(1, 'repairs')], two);
    expect(held).toMatchObject({ guardrail: 'budget', until: now + 1 });
    expect(answer([start(24 * hour, 'repairs'), start(1)], two)).toBeNull();
    expect(answer([start(2, 'restores'), start(1)], two)).toBeNull();
    expect(answer([start(2), start(1)], { ...two, effect: 'restores' })).toBeNull();
    expect(answer([start(2), start(1)], { ...two, resource: 'postgres/other' })).toBeNull();
  });
});
