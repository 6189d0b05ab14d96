import { attach, connect, type GuardOptions, OptionError } from '@prunella/guard';
import { type Chaos, type ChaosOptions, type ChaosPlan, chaos } from '@prunella/guard/chaos';
import { describe, expect, test } from 'vitest';
import { ask, faultOf } from '../runtime/guarded.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { StandInAdapter, StandInError, type StandInHandle } from '../runtime/stand-in-adapter.ts';

const patient: Partial<GuardOptions> = { breaker: { consecutive: 1e6 }, reconnect: { baseMs: 60_000 } };

function chaotic(options: ChaosOptions = {}, guardOptions: Partial<GuardOptions> = patient) {
  const clock = new ManualClock();
  const adapter = new StandInAdapter();
  const faults = chaos(adapter, { clock, ...options });
  const guard = attach(faults, {
    resource: 'stand-in/main',
    deadlineMs: 1_000,
    clock,
    random: () => 0.5,
    ...guardOptions,
  });
  return { clock, adapter, faults, guard };
}

/** What so many calls meet, one after the other. */
async function met(
  seed: number,
  plan: ChaosPlan,
  calls: number,
  during?: (chaos: Chaos<StandInHandle>) => void,
) {
  const { guard, faults } = chaotic({ seed, plan });
  const outcomes: string[] = [];
  for (let call = 0; call < calls; call++) {
    during?.(faults);
    const outcome = await guard.tryRun(ask);
    outcomes.push(outcome.ok ? 'ok' : outcome.fault.kind);
  }
  return outcomes;
}

describe('chaos around an adapter', () => {
  test('without a plan changes nothing', async () => {
    const { guard, adapter } = chaotic();
    expect(await guard.run(ask)).toBe('answer');
    adapter.serves = 'overloaded';
    expect((await faultOf(guard.run(ask))).kind).toBe('overloaded');
    expect([adapter.leases, adapter.ended]).toEqual([2, 2]);
    await guard.detach();
    expect(adapter.closed).toBe(1);
  });

  test('makes the wanted share of calls fail, each with its kind', async () => {
    const outcomes = await met(7, { faults: { unreachable: 0.2, auth: 0.1 } }, 2_000);
    const share = (kind: string) => outcomes.filter((each) => each === kind).length / outcomes.length;
    expect(share('unreachable')).toBeCloseTo(0.2, 1);
    expect(share('auth')).toBeCloseTo(0.1, 1);
    expect(share('ok')).toBeCloseTo(0.7, 1);
  });

  test('repeats exactly from its seed, also where pings come in between', async () => {
    const plan = { faults: { unreachable: 0.5 } };
    const pinged = (faults: Chaos<StandInHandle>) => {
      faults.ping(new AbortController().signal).catch(() => {});
    };
    const first = await met(42, plan, 100);
    expect(await met(42, plan, 100, pinged)).toEqual(first);
    expect(await met(43, plan, 100)).not.toEqual(first);
  });

  test('never reaches the driver with a call that is to fail, unless its outcome is to be unknown', async () => {
    const { guard, faults } = chaotic({ plan: { faults: { unreachable: 1 } } });
    let made = 0;
    const call = () => {
      made++;
      return 'done';
    };
    expect(await faultOf(guard.run(call))).toMatchObject({ kind: 'unreachable', outcomeUnknown: false });
    expect(made).toBe(0);
    faults.follow({ faults: { unreachable: 1 }, outcomeUnknown: 1 });
    expect(await faultOf(guard.run(call))).toMatchObject({ kind: 'unreachable', outcomeUnknown: true });
    expect(made).toBe(1);
  });

  test('hangs calls until their deadline, as a timeout of the resource', async () => {
    const { guard, faults, adapter, clock } = chaotic({ plan: { hang: 1 } });
    adapter.waiting = true;
    const hung = faultOf(guard.run(ask));
    await clock.advance(1_100);
    expect(await hung).toMatchObject({ kind: 'timeout', outcomeUnknown: false });
    faults.follow({ hang: 1, outcomeUnknown: 1 });
    adapter.waiting = false;
    const made = faultOf(guard.run(ask));
    await clock.advance(1_100);
    expect(await made).toMatchObject({ kind: 'timeout', outcomeUnknown: true });
    expect([adapter.abandoned, adapter.ended]).toEqual([2, 2]);
  });

  test('delays, and makes no call that missed its deadline before its turn', async () => {
    const { guard, faults, clock } = chaotic({ plan: { latencyMs: 200, jitterMs: 100 } });
    let answered = false;
    const call = guard.run(ask).then(() => {
      answered = true;
    });
    await clock.advance(190);
    expect(answered).toBe(false);
    await clock.advance(120);
    await call;
    faults.follow({ latencyMs: 5_000 });
    let made = 0;
    const late = guard.tryRun(() => made++);
    await clock.advance(20_000);
    expect(await late).toMatchObject({ ok: false, fault: { kind: 'timeout' } });
    expect(made).toBe(0);
  });

  test('strikes pings too, unless told not to', async () => {
    const signal = new AbortController().signal;
    const { faults } = chaotic({ plan: { faults: { starting: 1 } } });
    await expect(faults.ping(signal)).rejects.toThrow('chaos: starting');
    faults.follow({ faults: { starting: 1 }, pings: false });
    await expect(faults.ping(signal)).resolves.toBeUndefined();
    faults.follow({ hang: 1 });
    const controller = new AbortController();
    const hung = faults.ping(controller.signal);
    controller.abort(new Error('too late'));
    await expect(hung).rejects.toThrow('too late');
  });

  test('plays a scenario by calls and by time, then is calm', async () => {
    const { guard, faults, clock } = chaotic({}, { ...patient, deadlineMs: 100 });
    const next = async () => {
      const outcome = await guard.tryRun(ask);
      return outcome.ok ? 'ok' : outcome.fault.kind;
    };
    faults.play([
      { forCalls: 2 },
      { forCalls: 1, faults: { overloaded: 1 } },
      { forMs: 30_000, faults: { unreachable: 1 } },
    ]);
    expect([await next(), await next(), await next(), await next()]).toEqual([
      'ok',
      'ok',
      'overloaded',
      'unreachable',
    ]);
    await clock.advance(29_000);
    expect(await next()).toBe('unreachable');
    await clock.advance(1_000);
    expect(await next()).toBe('ok');
    expect(faults.counts).toEqual({ calls: 6, injected: { overloaded: 1, unreachable: 2 } });
  });

  test('is switched off at run time, and the guard recovers', async () => {
    const { guard, faults, clock } = chaotic({}, { breaker: { consecutive: 3 }, reconnect: { baseMs: 100 } });
    await guard.run(ask);
    faults.follow({ faults: { unreachable: 1 } });
    for (let call = 0; call < 3; call++) await guard.tryRun(ask);
    expect(guard.condition).toBe('down');
    await clock.advance(2_000);
    expect(guard.condition).toBe('down');
    faults.calm();
    await clock.advance(60_000);
    expect(guard.condition).toBe('ok');
    expect(await guard.run(ask)).toBe('answer');
  });

  test('throws the errors of the driver where it is given them, and the adapter classifies them', async () => {
    const errorFor = () => new StandInError('not-primary', 'read only');
    const { guard } = chaotic({ plan: { faults: { unreachable: 1 } }, errorFor });
    expect(await faultOf(guard.run(ask))).toMatchObject({ kind: 'not-primary' });
  });

  test('goes around an adapter that owns its connection', async () => {
    const adapter = new StandInAdapter();
    const guard = connect(chaos(adapter), { resource: 'stand-in/own' });
    expect(await guard.run(ask)).toBe('answer');
    await guard.detach();
    expect(adapter.closed).toBe(1);
  });
});

describe('wrong chaos is refused at once', () => {
  const wrong: readonly [string, () => unknown, string][] = [
    [
      'no adapter',
      () => chaos(JSON.parse('{}')),
      'option adapter: given an object; allowed: an object with lease',
    ],
    ['a seed below 0', () => chaotic({ seed: -1 }), 'option seed: given -1; allowed: a whole number from 0'],
    ['an unknown option', () => chaotic(JSON.parse('{"rate":1}')), 'option rate: given'],
    ['an unknown kind', () => chaotic({ plan: JSON.parse('{"faults":{"gone":1}}') }), 'option gone: given'],
    [
      'a share above 1',
      () => chaotic({ plan: { faults: { auth: 1.5 } } }),
      'option faults.auth: given 1.5; allowed: a number from 0 to 1',
    ],
    [
      'more than all calls',
      () => chaotic({ plan: { faults: { auth: 0.6 }, hang: 0.6 } }),
      'option faults and hang: given "1.2 in all"; allowed: shares of at most 1 in all',
    ],
    ['no stage', () => chaotic().faults.play([]), 'option scenario: given an array; allowed: a list of 1 to'],
    [
      'a stage without end',
      () => chaotic().faults.play(JSON.parse('[{"hang":1}]')),
      'option scenario: given an object; allowed: either forMs or forCalls in each stage',
    ],
  ];
  test.each(wrong)('%s', (_name, make, text) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(text);
  });
});

test('a ping that hangs ends with its signal, also with one that is aborted already', async () => {
  const faults = chaos(new StandInAdapter(), { plan: { hang: 1 } });
  const late = new Error('late');
  await expect(faults.ping(AbortSignal.abort(late))).rejects.toBe(late);
  const abort = new AbortController();
  const hanging = expect(faults.ping(abort.signal)).rejects.toBe(late);
  abort.abort(late);
  await hanging;
});
