import { protocolVersion, type Report, witnessLimit } from '@prunella/protocol';
import { describe, expect, it } from 'vitest';
import { earliestEntries, pushInstant } from './heap.ts';
import { initialObserveState } from './initial.ts';
import { mergeSummaries } from './merge.ts';
import { observe } from './observe.ts';
import { summarise } from './summarise.ts';

const began = 1_800_000_000_000;
const resource = 'postgres/main';

class Observed {
  readonly state = initialObserveState();
  #sequence = 0;

  says(instance: string, at: number, condition: 'ok' | 'down', more: Partial<Report> = {}) {
    this.#sequence += 1;
    const said = { resource, condition, sinceMs: 0, successes: 1, faults: {} } as const;
    const report: Report = {
      protocol: protocolVersion,
      service: 'shop',
      instance,
      epoch: 'first',
      sequence: this.#sequence,
      heartbeatMs: 5_000,
      conditions: [condition === 'ok' ? said : { ...said, lastFaultKind: 'timeout', firstFaultAgeMs: 0 }],
      ...more,
    };
    return observe(this.state, { type: 'report', report }, began + at).changed;
  }

  follow(at: number, names: readonly string[] = [], until: number | null = null) {
    const command = { type: 'follow-witnesses', resource, what: 'begin', until, names } as const;
    return observe(this.state, command, began + at).changed;
  }

  tick(at: number) {
    return observe(this.state, { type: 'tick' }, began + at).changed;
  }

  get summary() {
    const board = this.state.boards[resource];
    if (board === undefined) throw new Error('nothing was observed');
    return summarise(this.state, board);
  }

  get seen() {
    return this.summary.witnesses?.map(({ instance, condition }) => `${instance} ${condition}`);
  }
}

describe('instances are followed by name', () => {
  it('only after that was asked for, and until it is ended', () => {
    const observed = new Observed();
    observed.says('a', 0, 'down');
    expect(observed.summary).not.toHaveProperty('witnesses');
    observed.follow(1);
    expect(observed.seen).toEqual(['a down']);
    observe(observed.state, { type: 'follow-witnesses', resource, what: 'end' }, began + 2);
    expect(observed.summary).not.toHaveProperty('witnesses');
  });

  it('which changes no summary by itself, so that nothing is decided earlier than without it', () => {
    const observed = new Observed();
    observed.says('a', 0, 'down');
    expect(observed.follow(1)).toEqual([]);
  });

  it('the well ones too where all observers have room, and never more than that', () => {
    const observed = new Observed();
    observed.says('a', 0, 'down');
    observed.follow(1);
    observed.says('b', 2, 'ok');
    expect(observed.seen).toEqual(['a down', 'b ok']);
    for (let index = 0; index < 30; index += 1) observed.says(`more-${index}`, 3, 'ok');
    expect(observed.seen).toHaveLength(witnessLimit);
    const crowd = new Observed();
    for (let index = 0; index < 30; index += 1) crowd.says(`more-${index}`, 0, 'ok');
    crowd.says('a', 1, 'down');
    crowd.follow(2);
    for (let index = 0; index < 30; index += 1) crowd.says(`more-${index}`, 3, 'ok');
    expect(crowd.seen).toEqual(['a down']);
  });

  it('with one and the same list until one of them changes, so that nobody compares what is the same', () => {
    const observed = new Observed();
    observed.says('a', 0, 'down');
    observed.follow(1);
    const before = observed.summary.witnesses;
    observed.says('a', 5, 'down');
    expect(observed.summary.witnesses).toBe(before);
    observed.says('a', 10, 'ok');
    expect(observed.summary.witnesses).not.toBe(before);
    expect(before?.[0]?.condition).toBe('down');
  });

  it('also those that are known by name only, once they are heard', () => {
    const observed = new Observed();
    observed.follow(0, ['a', 'b']);
    // Nobody has spoken of it: its shares must not be trusted earlier for that.
    expect(observed.state.boards[resource]).toBeUndefined();
    observed.says('b', 5, 'down');
    expect(observed.seen).toEqual(['b down']);
  });

  it('until a time, after which nothing is kept of them', () => {
    const observed = new Observed();
    observed.says('a', 0, 'down');
    observed.follow(1, [], began + 60_000);
    observed.tick(59_999);
    expect(observed.state.boards[resource]?.witnesses).not.toBeNull();
    observed.tick(60_000);
    expect(observed.state.boards[resource]?.witnesses).toBeNull();
  });

  it('and the merged names of disjoint sets are bounded like those of each', () => {
    const sides = ['x', 'y'].map((side) => {
      const observed = new Observed();
      for (let index = 10; index < 25; index += 1) observed.says(`${side}${index}`, 0, 'down');
      observed.follow(1);
      return observed.summary;
    });
    const [left, right] = sides;
    if (left === undefined || right === undefined) throw new Error('two sides');
    const merged = mergeSummaries(left, right);
    expect(merged).toEqual(mergeSummaries(right, left));
    expect(merged.witnesses?.map(({ instance }) => instance).at(-1)).toBe('y14');
    expect(merged.witnesses).toHaveLength(witnessLimit);
  });
});

describe('the earliest entries of a heap', () => {
  it('are found in order without taking it apart, and those that are stale are passed over', () => {
    const heap: { at: number; instance: string }[] = [];
    const times = Array.from({ length: 500 }, (_, index) => (index * 7_919) % 1_009);
    for (const at of times) pushInstant(heap, { at, instance: `${at}` });
    const before = [...heap];
    const even = earliestEntries(heap, 20, ({ at }) => at % 2 === 0).map(({ at }) => at);
    expect(even).toEqual(
      times
        .filter((at) => at % 2 === 0)
        .sort((left, right) => left - right)
        .slice(0, 20),
    );
    expect(heap).toEqual(before);
    expect(earliestEntries([], 5, () => true)).toEqual([]);
  });
});
