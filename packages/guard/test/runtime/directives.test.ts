import { overload } from '@prunella/guard/overload';
import { describe, expect, test } from 'vitest';
import { ask } from './guarded.ts';
import { ManualClock } from './manual-clock.ts';
import { directive, guarded, healer, report, until } from './reporting-process.ts';

describe('directives', () => {
  test('are waited for only while a guard is not ok', async () => {
    report();
    const { guard, adapter } = guarded();
    await guard.run(ask);
    await until(() => expect(healer.reports.length).toBeGreaterThan(2));
    expect(healer.polls).toEqual([]);
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await until(() => expect(healer.openPolls).toBe(1));
    expect(healer.polls[0]?.get('instance')).toBe(healer.newest?.instance);
    expect(healer.polls[0]?.get('epoch')).toBe(healer.newest?.epoch);
    expect(healer.polls[0]?.has('after')).toBe(false);
  });

  test('probe pings and reports at once; the next request passes the cursor on', async () => {
    report({ heartbeatSickMs: 60_000 });
    const { guard, adapter } = guarded();
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await until(() => expect(healer.openPolls).toBe(1));
    adapter.serves = true;
    healer.direct(directive({ directive: 'probe' }));
    await until(() => expect(healer.newest?.conditions[0]?.condition).toBe('ok'));
    expect(healer.newest?.conditions[0]?.lastSuccessAgeMs).toBeLessThan(30_000);
    await until(() => expect(healer.polls.at(-1)?.get('after')).toBe('c1'));
  });

  test('probe is answered by a report also where nothing changed', async () => {
    report({ heartbeatSickMs: 60_000 });
    const { guard, adapter } = guarded();
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await until(() => expect(healer.openPolls).toBe(1));
    await until(() => expect(healer.newest?.conditions[0]?.condition).toBe('down'));
    healer.direct(directive({ directive: 'probe' }));
    await until(() => expect(healer.newest?.conditions[0]?.faults.unreachable).toBe(2));
  });

  test('recovered tries soon', async () => {
    report({ heartbeatSickMs: 60_000 });
    const { guard, adapter } = guarded();
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await until(() => expect(healer.openPolls).toBe(1));
    adapter.serves = true;
    healer.direct(directive({ directive: 'recovered' }));
    await until(() => expect(guard.condition).toBe('ok'));
  });

  test('shed reaches the limit of a guard that allows it, with its share and its time', async () => {
    report();
    const { guard, adapter } = guarded();
    overload(guard, { maximumCalls: 10, maximumShedShare: 1 });
    adapter.serves = 'overloaded';
    await guard.tryRun(ask);
    await until(() => expect(healer.openPolls).toBe(1));
    adapter.serves = true;
    const heard = new Promise((resolve) => guard.on('directive', resolve));
    healer.direct(directive({ directive: 'shed', share: 1, forMs: 60_000 }));
    await heard;
    expect(await guard.tryRun(ask)).toMatchObject({ ok: false, fault: { code: 'PRUNELLA_SHED' } });
  });

  test('a probe after a recovered pings, whatever the condition is', async () => {
    report();
    const clock = new ManualClock();
    const { guard, adapter } = guarded({ clock });
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await until(() => expect(healer.openPolls).toBe(1));
    const seen: string[] = [];
    guard.on('directive', ({ directive: each }) => seen.push(each.directive));
    adapter.serves = true;
    await guard.run(ask);
    healer.direct(
      directive({ directive: 'recovered', sequence: 1 }),
      directive({ directive: 'probe', sequence: 2, spreadMs: 10_000 }),
    );
    await until(() => expect(seen).toEqual(['recovered', 'probe']));
    await clock.advance(500);
    expect(adapter.pings).toBe(1);
  });

  test('after the guard is detached do not ping any more', async () => {
    report();
    const clock = new ManualClock();
    const { guard, adapter } = guarded({ deadlineMs: 1_000, clock });
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await until(() => expect(healer.openPolls).toBe(1));
    const seen: number[] = [];
    guard.on('directive', ({ directive: each }) => seen.push(each.sequence));
    adapter.serves = 'never';
    healer.direct(directive({ sequence: 1 }));
    await until(() => expect(seen).toEqual([1]));
    await clock.advance(1);
    expect(adapter.pings).toBe(1);
    await until(() => expect(healer.openPolls).toBe(1));
    healer.direct(directive({ sequence: 2 }));
    await until(() => expect(seen).toEqual([1, 2]));
    // It waits for the ping that is under way.
    await clock.advance(1);
    await guard.detach();
    await clock.advance(2_000);
    expect(adapter.pings).toBe(1);
  });

  test('that are not newer, or for another resource, are dropped', async () => {
    report();
    const { guard, adapter } = guarded();
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    const seen: number[] = [];
    guard.on('directive', ({ directive: each }) => seen.push(each.sequence));
    await until(() => expect(healer.openPolls).toBe(1));
    healer.direct(directive({ sequence: 5 }), directive({ sequence: 4 }), directive({ sequence: 5 }));
    await until(() => expect(healer.openPolls).toBe(1));
    healer.direct(directive({ sequence: 6, resource: 'stand-in/other' }), directive({ sequence: 7 }));
    await until(() => expect(seen).toEqual([5, 7]));
  });
});
