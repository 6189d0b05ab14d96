import type { Directive } from '@prunella/protocol';
import { describe, expect, it } from 'vitest';
import { DirectiveBoard } from '../../src/engine/directive-board.ts';
import { VirtualClock } from './virtual-clock.ts';

const directive = (sequence: number): Directive => ({
  directive: 'probe',
  resource: 'postgres/main',
  incident: 'i1',
  sequence,
  spreadMs: 100,
});

const never = () => new AbortController().signal;

describe('directives', () => {
  it('reach an instance that waits at once, and only those that they are for', async () => {
    const board = new DirectiveBoard(new VirtualClock(), 'run');
    const mine = board.poll('me', null, never());
    const aborter = new AbortController();
    const theirs = board.poll('them', null, aborter.signal);
    board.push(['me'], directive(1));
    expect((await mine).directives).toEqual([directive(1)]);
    aborter.abort();
    expect((await theirs).directives).toEqual([]);
  });

  it('wait for an instance that comes later, and are given once for each cursor', async () => {
    const board = new DirectiveBoard(new VirtualClock(), 'run');
    board.push(['me'], directive(1));
    board.push(['me'], directive(2));
    const first = await board.poll('me', null, never());
    expect(first.directives).toEqual([directive(1), directive(2)]);
    const next = board.poll('me', first.cursor, never());
    board.push(['me'], directive(3));
    expect((await next).directives).toEqual([directive(3)]);
  });

  it('are given anew where the cursor is of an earlier run of the healer, or no cursor at all', async () => {
    const clock = new VirtualClock();
    const before = new DirectiveBoard(clock, 'before');
    for (const sequence of [1, 2, 3]) {
      before.push(['me'], directive(sequence));
    }
    const { cursor } = await before.poll('me', null, never());
    const after = new DirectiveBoard(clock, 'after');
    after.push(['me'], directive(4));
    for (const foreign of [cursor, 'nonsense', '']) {
      expect((await after.poll('me', foreign, never())).directives).toEqual([directive(4)]);
    }
  });

  it('a second request of an instance ends the first with none', async () => {
    const board = new DirectiveBoard(new VirtualClock(), 'run');
    const first = board.poll('me', null, never());
    const second = board.poll('me', null, never());
    expect((await first).directives).toEqual([]);
    board.push(['me'], directive(1));
    expect((await second).directives).toEqual([directive(1)]);
  });

  it('are bounded: the newest 32 of an instance, for two minutes', async () => {
    const clock = new VirtualClock();
    const board = new DirectiveBoard(clock, 'run');
    for (let sequence = 1; sequence <= 40; sequence += 1) {
      board.push(['me'], directive(sequence));
    }
    const { directives } = await board.poll('me', null, never());
    expect(directives.map((each) => each.sequence)).toEqual(
      Array.from({ length: 32 }, (_, index) => index + 9),
    );
    await clock.advance(120_001);
    expect((await board.poll('me', null, AbortSignal.abort())).directives).toEqual([]);
  });

  it('end with none when the healer stops', async () => {
    const board = new DirectiveBoard(new VirtualClock(), 'run');
    const open = board.poll('me', null, never());
    board.stop();
    expect((await open).directives).toEqual([]);
  });
});
