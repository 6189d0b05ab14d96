import type { ProbeResult } from '@prunella/core';
import { describe, expect, it } from 'vitest';
import { Prober } from '../../src/engine/prober.ts';
import { atRest } from '../../src/engine-conformance/at-rest.ts';
import type { Probe, ProbeOutcome } from '../../src/probes/probe.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A stand-in for a probe: ends when the test says so. */
class StandInProbe implements Probe {
  readonly type = 'stand-in';
  began = 0;
  readonly #open: ((outcome: ProbeOutcome) => void)[] = [];

  run(): Promise<ProbeOutcome> {
    this.began += 1;
    return new Promise((resolve) => this.#open.push(resolve));
  }

  end(outcome: ProbeOutcome = { passed: true, detail: 'ok' }): Promise<void> {
    this.#open.shift()?.(outcome);
    return atRest();
  }
}

function proberOf(probes: Record<string, readonly Probe[]>, concurrency = 32) {
  const clock = new VirtualClock(0);
  const results: ProbeResult[] = [];
  const prober = new Prober({
    clock,
    random: () => 0,
    plan: {
      probes: new Map(
        Object.entries(probes).map(([resource, list]) => [
          resource,
          list.map((probe, index) => ({ node: `db${index + 1}`, probe })),
        ]),
      ),
      everyMs: 5_000,
      timeoutMs: 2_000,
    },
    concurrency,
    onResult: (result) => results.push(result),
  });
  return { clock, prober, results };
}

describe('probing', () => {
  it('looks at every node once and dates the answer by the own clock', async () => {
    const [one, two] = [new StandInProbe(), new StandInProbe()];
    const { clock, prober, results } = proberOf({ 'postgres/main': [one, two] });
    const all = prober.probe('postgres/main', 2_000);
    await clock.advance(30);
    await one.end();
    await clock.advance(10);
    await two.end({ passed: false, detail: 'connect ECONNREFUSED', kind: 'unreachable' });
    await all;
    expect(results).toEqual([
      { resource: 'postgres/main', node: 'db1', beganAt: 0, endedAt: 30, passed: true, detail: 'ok' },
      {
        resource: 'postgres/main',
        node: 'db2',
        beganAt: 0,
        endedAt: 40,
        passed: false,
        detail: 'connect ECONNREFUSED',
        kind: 'unreachable',
      },
    ]);
  });

  it('a probe that does not end is a failure at its time-out', async () => {
    const { clock, prober, results } = proberOf({ 'postgres/main': [new StandInProbe()] });
    void prober.probe('postgres/main', 2_000);
    await clock.advance(2_000);
    expect(results).toMatchObject([{ passed: false, detail: 'no answer within 2000 ms', endedAt: 2_000 }]);
  });

  it('a probe that throws is a failure', async () => {
    const thrower: Probe = {
      type: 'stand-in',
      run: () => {
        throw new Error('broken');
      },
    };
    const { prober, results } = proberOf({ 'postgres/main': [thrower] });
    await prober.probe('postgres/main', 2_000);
    expect(results).toMatchObject([{ passed: false, detail: 'the probe failed: broken' }]);
  });

  it('asked while one runs, begins one more after it, however often it was asked', async () => {
    const probe = new StandInProbe();
    const { clock, prober, results } = proberOf({ 'postgres/main': [probe] });
    const first = prober.probe('postgres/main', 60_000);
    await clock.advance(100);
    const later = [prober.probe('postgres/main', 60_000), prober.probe('postgres/main', 60_000)];
    await probe.end();
    await first;
    await probe.end();
    await Promise.all(later);
    expect(probe.began).toBe(2);
    expect(results.map((result) => result.beganAt)).toEqual([0, 100]);
  });

  it('probes periodically while something is wrong, and not again just after a probe that was commanded', async () => {
    const instant: Probe = { type: 'stand-in', run: async () => ({ passed: true, detail: 'ok' }) };
    const { clock, prober, results } = proberOf({ 'postgres/main': [instant] });
    prober.watch('postgres/main', true);
    await clock.advance(0);
    await clock.advance(4_000);
    await prober.probe('postgres/main', 2_000);
    await clock.advance(6_000);
    prober.watch('postgres/main', false);
    await clock.advance(20_000);
    expect(results.map((result) => result.beganAt)).toEqual([0, 4_000, 10_000]);
    expect(clock.timers).toBe(0);
  });

  it('runs no more at one moment than it may', async () => {
    const probes = [new StandInProbe(), new StandInProbe(), new StandInProbe()];
    const { prober, results } = proberOf({ 'postgres/main': probes }, 2);
    void prober.probe('postgres/main', 60_000);
    await atRest();
    expect(probes.map((probe) => probe.began)).toEqual([1, 1, 0]);
    await probes[0]?.end();
    expect(probes.map((probe) => probe.began)).toEqual([1, 1, 1]);
    await probes[1]?.end();
    await probes[2]?.end();
    expect(results).toHaveLength(3);
  });
});

it('goes on by its rhythm where the clock was set back', async () => {
  const probe = new StandInProbe();
  const { clock, prober } = proberOf({ 'postgres/main': [probe] });
  prober.watch('postgres/main', true);
  await clock.advance(0);
  await probe.end();
  expect(probe.began).toBe(1);
  await clock.set(-3_600_000);
  await clock.advance(5_000);
  expect(probe.began).toBe(2);
});

it('what was asked for while a probe ran is answered by the one that a reload brings', async () => {
  const [former, successor] = [new StandInProbe(), new StandInProbe()];
  const gone = new StandInProbe();
  const { prober, results } = proberOf({ 'postgres/main': [former], 'postgres/gone': [gone] });
  const first = prober.probe('postgres/main', 60_000);
  const later = prober.probe('postgres/main', 60_000);
  void prober.probe('postgres/gone', 60_000);
  const ofGone = prober.probe('postgres/gone', 60_000);
  const probes = new Map([['postgres/main', [{ node: 'db1', probe: successor }]]]);
  prober.replace({ probes, everyMs: 5_000, timeoutMs: 2_000 }, () => false);
  await atRest();
  await former.end({ passed: false, detail: 'a wrong address' });
  await first;
  expect([former.began, successor.began]).toEqual([1, 1]);
  await successor.end();
  await later;
  expect(results.at(-1)).toMatchObject({ node: 'db1', passed: true });
  // Nobody looks at what is left out; whoever waits for it is let go.
  await gone.end();
  await ofGone;
  expect(gone.began).toBe(1);
});
