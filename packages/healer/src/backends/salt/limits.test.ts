import { describe, expect, it } from 'vitest';
import { Limits } from './limits.ts';

const signal = new AbortController().signal;

describe('limits', () => {
  it('one job on a minion, others beside it', async () => {
    const limits = new Limits(10, 1);
    const first = await limits.enter(['a'], 0, signal);
    expect(first).not.toBeNull();
    expect(await limits.enter(['a', 'b'], 0, signal)).toBeNull();
    expect(await limits.enter(['b'], 0, signal)).not.toBeNull();
  });

  it('ten jobs on a master', async () => {
    const limits = new Limits(10, 1);
    const names = [...Array(11).keys()].map(String);
    const entered = await Promise.all(names.map((name) => limits.enter([name], 0, signal)));
    expect(entered.filter((release) => release !== null)).toHaveLength(10);
  });

  it('who waits enters when there is room, in order, and giving back twice gives once', async () => {
    const limits = new Limits(1, 1);
    const order: string[] = [];
    const first = await limits.enter(['a'], 0, signal);
    const waiting = ['b', 'c'].map(async (name) => {
      const release = await limits.enter([name], 10_000, signal);
      order.push(name);
      return release;
    });
    first?.();
    first?.();
    const second = await waiting[0];
    expect(order).toEqual(['b']);
    second?.();
    await waiting[1];
    expect(order).toEqual(['b', 'c']);
  });

  it('who gives up leaves no trace', async () => {
    const limits = new Limits(1, 1);
    const first = await limits.enter(['a'], 0, signal);
    const controller = new AbortController();
    const waiting = limits.enter(['a'], 10_000, controller.signal);
    controller.abort();
    expect(await waiting).toBeNull();
    first?.();
    expect(await limits.enter(['a'], 0, signal)).not.toBeNull();
  });

  it('a hundred wait at most', async () => {
    const limits = new Limits(1, 1);
    await limits.enter(['a'], 0, signal);
    const controller = new AbortController();
    const waiting = [...Array(100).keys()].map(() => limits.enter(['a'], 10_000, controller.signal));
    await expect(limits.enter(['a'], 10_000, signal)).rejects.toMatchObject({
      code: 'salt-busy',
      maybeTaken: false,
    });
    controller.abort();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => null));
  });
});
