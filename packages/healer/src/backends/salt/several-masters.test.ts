import type { ActionResult, AttemptOrder, TargetResolution } from '@prunella/core';
import { describe, expect, it } from 'vitest';
import type { DispatchContext, FoundAttempt, TargetRequest } from '../backend.ts';
import { saltActions } from './actions.ts';
import { SaltError } from './salt-error.ts';
import { type OneMaster, SeveralMasters } from './several-masters.ts';

const down = new SaltError('salt-unreachable', 'cannot be reached', false);
const done: ActionResult = { outcome: 'succeeded', summary: 'done', targets: [] };
const notFound: FoundAttempt = { found: 'not-found', why: 'no job' };
const ended: FoundAttempt = { found: 'ended', result: done };

/** A master that hears these minions and answers so; what it was asked is kept in `asked`. */
function master(
  origin: string,
  hears: readonly string[],
  asked: string[],
  changes: Partial<OneMaster> & { readonly knows?: readonly string[] } = {},
): OneMaster {
  const { knows = ['a', 'b'], ...rest } = changes;
  const told = (what: string) => asked.push(`${origin} ${what}`);
  return {
    origin,
    actions: saltActions,
    promises: { finds: true, fences: true, cancels: false, dryRuns: true },
    watch: null,
    whoAnswers: async (): Promise<TargetResolution> => ({
      resolved: true,
      targets: knows.map((id) => ({ id, responding: hears.includes(id) })),
    }),
    foresee: async (_, resolution) => {
      told('foresees');
      return resolution;
    },
    dispatch: async () => {
      told('ordered');
      return done;
    },
    find: async () => {
      told('searched');
      return notFound;
    },
    findRecorded: async () => null,
    check: async () => ({ ok: true, detail: `${origin} answers` }),
    examine: async () => [{ check: 'salt-reachable', state: 'ok', what: 'well' }],
    close: async () => {},
    ...rest,
  };
}

const never = new AbortController().signal;
const request: TargetRequest = {
  resource: 'redis/cache',
  action: 'salt.state.highstate',
  target: { select: 'failing-nodes' },
  failing: [],
  declared: [],
};
const order: AttemptOrder = {
  attempt: 'a1',
  resource: 'redis/cache',
  incident: 'i1',
  step: 's',
  action: 'salt.state.highstate',
  effect: 'repairs',
  arguments: {},
  target: { select: 'failing-nodes' },
  targets: ['a', 'b'],
  resolved: true,
  fence: { authority: 'x', generation: 1, number: 1 },
  notAfter: 1_000,
  deadlineAt: 2_000,
};
const context: DispatchContext = { signal: never, onReference: () => {}, now: () => 0 };
const error = async () => ({ resolved: false, targets: [], error: 'down' });

describe('targets of several masters', () => {
  it('answer where one of the masters hears them', async () => {
    const both = new SeveralMasters([master('one', ['a'], []), master('two', ['b'], [])]);
    expect((await both.resolve(request, never)).targets).toEqual([
      { id: 'a', responding: true },
      { id: 'b', responding: true },
    ]);
  });

  it('are found with one master down, and not at all with all of them', async () => {
    const half = new SeveralMasters([
      master('one', [], [], { whoAnswers: error }),
      master('two', ['a', 'b'], []),
    ]);
    expect((await half.resolve(request, never)).targets.map(({ responding }) => responding)).toEqual([
      true,
      true,
    ]);
    const none = new SeveralMasters([
      master('one', [], [], { whoAnswers: error }),
      master('two', [], [], { whoAnswers: error }),
    ]);
    expect(await none.resolve(request, never)).toMatchObject({
      resolved: false,
      targets: [],
      error: 'one: down; two: down',
    });
  });

  it('do not wait for a master that hangs', async () => {
    const hangs = () => new Promise<TargetResolution>(() => {});
    const one = new SeveralMasters([
      master('one', [], [], { whoAnswers: hangs }),
      master('two', ['a', 'b'], []),
    ]);
    expect((await one.resolve(request, never)).targets).toHaveLength(2);
  });

  it('are rehearsed once, by the master that hears most of them', async () => {
    const asked: string[] = [];
    const both = new SeveralMasters([master('one', ['a'], asked), master('two', ['a', 'b'], asked)]);
    await both.resolve(request, never);
    expect(asked).toEqual(['two foresees']);
  });
});

describe('an order to minions of several masters', () => {
  it('goes through the one that hears most of them, and else in the order as written', async () => {
    const asked: string[] = [];
    const both = new SeveralMasters([master('one', ['a'], asked), master('two', ['a', 'b'], asked)]);
    await both.dispatch(order, context);
    await both.resolve(request, never);
    await both.dispatch(order, context);
    expect(asked).toEqual(['one ordered', 'two foresees', 'two ordered']);
  });

  it('goes to the next where provably nothing was sent, and to nobody after its time', async () => {
    const asked: string[] = [];
    const fails = async () => {
      throw down;
    };
    const both = new SeveralMasters([
      master('one', [], asked, { dispatch: fails }),
      master('two', [], asked),
    ]);
    expect(await both.dispatch(order, context)).toBe(done);
    await expect(both.dispatch(order, { ...context, now: () => 1_001 })).rejects.toMatchObject({
      maybeTaken: false,
    });
    const neither = new SeveralMasters([
      master('one', [], asked, { dispatch: fails }),
      master('two', [], asked, { dispatch: fails }),
    ]);
    await expect(neither.dispatch(order, context)).rejects.toBe(down);
    expect(asked).toEqual(['two ordered']);
  });

  it('with an unknown outcome is not sent again through another', async () => {
    const asked: string[] = [];
    const unknown: ActionResult = { outcome: 'unknown', summary: '504', targets: [] };
    const both = new SeveralMasters([
      master('one', [], asked, { dispatch: async () => unknown }),
      master('two', [], asked),
    ]);
    expect(await both.dispatch(order, context)).toBe(unknown);
    expect(asked).toEqual([]);
  });
});

describe('an order of several masters that is looked for', () => {
  it('is found in the records of minions, before any master is searched', async () => {
    const asked: string[] = [];
    const unreached = async () => {
      throw down;
    };
    const both = new SeveralMasters([
      master('one', [], asked, { findRecorded: unreached }),
      master('two', [], asked, { findRecorded: async () => ended }),
    ]);
    expect(await both.find(order, null, context)).toBe(ended);
    expect(asked).toEqual([]);
  });

  it('is found at the second master, and is not said to be missing before all were asked', async () => {
    const asked: string[] = [];
    const found = new SeveralMasters([
      master('one', [], asked),
      master('two', [], asked, { find: async () => ended }),
    ]);
    expect(await found.find(order, null, context)).toBe(ended);
    const fails = async () => {
      throw down;
    };
    const half = new SeveralMasters([master('one', [], asked), master('two', [], asked, { find: fails })]);
    await expect(half.find(order, null, context)).rejects.toBe(down);
    const both = new SeveralMasters([master('one', [], asked), master('two', [], asked)]);
    expect(await both.find(order, null, context)).toEqual(notFound);
    expect(asked).toEqual(['one searched', 'one searched', 'one searched', 'two searched']);
  });
});

it('is healthy with one master, says which is not, and tells the doctor of each', async () => {
  const ill = async () => ({ ok: false, problem: 'two is down', remedy: 'start it' }) as const;
  const half = new SeveralMasters([master('one', [], []), master('two', [], [], { check: ill })]);
  expect(await half.check()).toEqual({ ok: true, detail: 'one answers; but two is down' });
  const none = new SeveralMasters([master('two', [], [], { check: ill })]);
  expect(await none.check()).toMatchObject({ ok: false, problem: 'two is down' });
  expect((await half.examine(never, null)).map(({ what }) => what)).toEqual(['one: well', 'two: well']);
});
