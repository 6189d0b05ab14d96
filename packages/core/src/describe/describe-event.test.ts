import { describe, expect, it } from 'vitest';
import type { ResourceEvent } from '../decide/event.ts';
import type { ActionResult, Signal } from '../decide/input.ts';
import { describeEvent } from './describe-event.ts';

const signal: Signal = {
  id: 's1',
  source: 'systemd',
  type: 'process.exit',
  resource: 'postgres/main',
  status: 'firing',
  summary: 'exited with 1',
};

function summary(change: Partial<Extract<ResourceEvent, { type: 'summary-changed' }>>): string {
  const event: ResourceEvent = {
    type: 'summary-changed',
    observers: 1,
    conditions: { ok: 0, degraded: 0, down: 0, unknown: 0 },
    sickByKind: {},
    sickHosts: 0,
    earliestFaultAt: null,
    ...change,
  };
  return describeEvent(event);
}

function ended(result: ActionResult): string {
  const event: ResourceEvent = { type: 'attempt-ended', attempt: 'a1', result };
  return describeEvent(event);
}

describe('a line of a story', () => {
  it('counts one as one, and says nothing of nobody', () => {
    const conditions = { ok: 0, degraded: 0, down: 0, unknown: 1 };
    expect(summary({ conditions })).toBe('1 instance observes it: none sick, 1 unknown');
    const sick = { ok: 2, degraded: 0, down: 1, unknown: 0 };
    expect(summary({ observers: 3, conditions: sick, sickByKind: { unreachable: 1 }, sickHosts: 1 })).toBe(
      '3 instances observe it: 1 sick (1 unreachable) on 1 host, 2 ok',
    );
    expect(summary({ observers: 0 })).toBe('no instance observes it');
  });

  it('tells the last words of a service that ended', () => {
    const logTail = 'listening\nno such table: users\n\n';
    const event: ResourceEvent = {
      type: 'signal-received',
      signal: { ...signal, data: { logTail } },
      trigger: { fate: 'suppressed', why: 'joined' },
    };
    expect(describeEvent(event)).toContain('exited with 1; it last wrote: no such table: users (');
  });

  it.each([
    [{ fate: 'rejected', why: 'playbook postgres does not open on process.exit' }, 'no playbook opens on it'],
    [{ fate: 'suppressed', why: 'joined' }, 'joined the open incident or suspicion'],
    [{ fate: 'pending' }, 'waits to be confirmed'],
  ] as const)('says in words what became of a signal: %o', (trigger, words) => {
    const event: ResourceEvent = { type: 'signal-received', signal, trigger };
    expect(describeEvent(event)).toBe(`signal process.exit from systemd, firing: exited with 1 (${words})`);
  });

  it('names step and run of what is intended', () => {
    const event: ResourceEvent = {
      type: 'attempt-intended',
      attempt: 'a1',
      step: 'restart',
      run: 2,
      permit: 'p1',
      targets: ['db*'],
      resolved: false,
    };
    expect(describeEvent(event)).toBe(
      'attempt a1 intended: restart, run 2, on db* (targets as written, not resolved)',
    );
  });

  it('tells of one target once, and of several each', () => {
    const done = { id: 'db1', outcome: 'succeeded', detail: '3 states applied', fenced: true } as const;
    const one: ActionResult = { outcome: 'succeeded', summary: 'db1: 3 states applied', targets: [done] };
    expect(ended(one)).toBe('attempt a1 succeeded: db1: 3 states applied');
    expect(ended({ ...one, summary: 'done' })).toBe(
      'attempt a1 succeeded: done [db1 succeeded: 3 states applied]',
    );
    const refused = { ...done, id: 'db2', outcome: 'refused', detail: 'not allowed' } as const;
    expect(ended({ outcome: 'failed', summary: 'not allowed', targets: [refused] })).toContain(
      '[db2 refused',
    );
    expect(ended({ ...one, targets: [done, refused] })).toContain(
      '[db1 succeeded: 3 states applied; db2 refused',
    );
  });

  it('ends where no reason was given, and gives none twice', () => {
    const resumed: ResourceEvent = { type: 'kill-switch', paused: false, by: 'Ana', reason: 'resumed' };
    expect(describeEvent(resumed)).toBe('resumed by Ana');
    const paused: ResourceEvent = { type: 'kill-switch', paused: true, by: 'Ana', reason: '' };
    expect(describeEvent(paused)).toBe('everything paused by Ana');
  });
});
