import { describe, expect, it } from 'vitest';
import {
  count,
  countCopy,
  isDue,
  type Monitor,
  mergeMonitor,
  mergeReaction,
  parseResult,
  type Reaction,
} from '../src/model.ts';

const monitor: Monitor = { id: 'web-1', status: 'failed', failcount: 3, since: 1_000, reactions: [] };
const reaction: Reaction = {
  id: 'tell',
  trigger: 3,
  frequency: 60,
  call_on: ['failed'],
  run: { type: 'log' },
  lastrun: 0,
};

describe('the database’s copy and the cached one', () => {
  it('give the highest failcount of the two', () => {
    expect(mergeMonitor(monitor, { ...monitor, failcount: 7 }).failcount).toBe(7);
    expect(mergeMonitor({ ...monitor, failcount: 7 }, monitor).failcount).toBe(7);
  });

  it('give the newer stretch where the status changed while the database was down', () => {
    const cached: Monitor = { ...monitor, status: 'healthy', failcount: 0, since: 2_000 };
    expect(mergeMonitor(monitor, cached)).toMatchObject({ status: 'healthy', failcount: 0 });
    expect(mergeMonitor(cached, { ...monitor, failcount: 9 })).toMatchObject({
      status: 'healthy',
      failcount: 0,
    });
  });

  it('give the reactions that a person has edited in the database meanwhile', () => {
    const edited = { ...monitor, reactions: ['new'] };
    expect(mergeMonitor(edited, { ...monitor, failcount: 7 })).toMatchObject({
      reactions: ['new'],
      failcount: 7,
    });
    expect(mergeReaction({ ...reaction, trigger: 9 }, { ...reaction, lastrun: 5 })).toMatchObject({
      trigger: 9,
      lastrun: 5,
    });
  });
});

describe('a result', () => {
  const result = { id: '1', cid: 'web-1', at: 5_000 };

  it('of the same status counts on, one of another begins at 0', () => {
    expect(count(monitor, { ...result, status: 'failed' })).toMatchObject({ failcount: 4, since: 1_000 });
    expect(count(monitor, { ...result, status: 'healthy' })).toMatchObject({
      status: 'healthy',
      failcount: 0,
      since: 5_000,
    });
  });

  it('that another actioner has put into the cache already does not count there twice', () => {
    const repeated = { ...result, status: 'failed' } as const;
    const stored = { ...monitor, failcount: 4 };
    expect(countCopy(stored, repeated, 4).failcount).toBe(4);
    expect(countCopy(monitor, repeated, 4).failcount).toBe(4);
    expect(countCopy({ ...monitor, failcount: 5 }, repeated, 4).failcount).toBe(5);
    expect(countCopy(monitor, repeated, undefined).failcount).toBe(4);
  });

  it('is refused where it is none', () => {
    expect(parseResult('{"id":"1","cid":"web-1","status":"failed","at":5}')).toEqual({
      id: '1',
      cid: 'web-1',
      status: 'failed',
      at: 5,
    });
    expect(() => parseResult('{"id":"1","cid":"web-1","status":"on fire"}')).toThrow('not a monitor result');
    expect(() => parseResult('ping')).toThrow();
  });
});

describe('a reaction is due', () => {
  it.each([
    ['from its trigger on', { failcount: 3 }, {}, true],
    ['above it, too', { failcount: 30 }, {}, true],
    ['not below it', { failcount: 2 }, {}, false],
    ['not for a status it is not called on', { status: 'healthy' }, {}, false],
    ['for both where both are named', { status: 'healthy' }, { call_on: ['failed', 'healthy'] }, true],
    ['not again within its frequency', {}, { lastrun: 40_001 }, false],
    ['again after it', {}, { lastrun: 40_000 }, true],
  ] as const)('%s', (_text, monitorChange, reactionChange, due) => {
    expect(isDue({ ...reaction, ...reactionChange }, { ...monitor, ...monitorChange }, 100_000)).toBe(due);
  });
});
