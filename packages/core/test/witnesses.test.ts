import { describeEvent } from '@prunella/core/describe';
import { worldBegan } from '@prunella/core/simulate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes, seconds } from './playbooks.ts';
import { type Sees, WatchedOutage } from './watched-outage.ts';

const three = ['a', 'b', 'c'];
const many = (count: number) => Array.from({ length: count }, (_, index) => `i${index}`);

/** Three instances, of which two have been down for so long that an incident is open. */
function opened(): WatchedOutage {
  const outage = new WatchedOutage();
  outage.sayFor(seconds(20), three, 'ok');
  for (let round = 0; round < 4; round += 1) {
    outage.says('a', 'down', { sinceMs: round * 5_000 });
    outage.says('b', 'degraded', { sinceMs: round * 5_000 });
    outage.says('c', 'ok', { sinceMs: minutes(1) });
    outage.pass(seconds(5));
  }
  expect(outage.state.incident?.closed).toBeNull();
  return outage;
}

function closed(): WatchedOutage {
  const outage = opened();
  outage.sayFor(seconds(60), three, 'ok');
  expect(outage.eventsOf('incident-closed')).toHaveLength(1);
  return outage;
}

describe('the log of an incident tells what each instance sees', () => {
  it('with its host, what it meets, and since when, also from before the opening', () => {
    const outage = opened();
    const openedAt = outage.state.incident?.openedAt ?? 0;
    const [first] = outage.told;
    expect(first?.instances).toMatchObject([
      { instance: 'shop/host-c/c', condition: 'ok' },
      { instance: 'shop/host-a/a', host: 'host-a', condition: 'down', kind: 'unreachable' },
      { instance: 'shop/host-b/b', condition: 'degraded' },
    ]);
    expect(first?.instances[1]?.since).toBe(worldBegan + seconds(20));
    expect(openedAt).toBeGreaterThan(worldBegan + seconds(20));
    expect(first?.others).toEqual({ observers: 0, sick: 0 });
  });

  it('each change once, however often it is repeated', () => {
    const outage = opened();
    for (let round = 0; round < 3; round += 1) {
      outage.says('c', 'ok');
      outage.sayFor(seconds(5), ['a', 'b'], 'down');
    }
    outage.sayFor(seconds(60), three, 'ok');
    expect(outage.lane('a')).toEqual(['down', 'ok']);
    expect(outage.lane('b')).toEqual(['degraded', 'down', 'ok']);
    expect(outage.lane('c')).toEqual(['ok']);
  });

  it('at a time that can be told, whatever age an instance claims', () => {
    const outage = new WatchedOutage();
    outage.sayFor(seconds(10), three, 'ok');
    for (let round = 0; round < 4; round += 1) {
      outage.says('a', 'down', { sinceMs: Number.MAX_SAFE_INTEGER });
      outage.says('b', 'down');
      outage.pass(seconds(5));
    }
    const ofA = outage.told[0]?.instances.find(({ instance }) => instance.endsWith('/a'));
    expect(new Date(ofA?.since ?? Number.NaN).getTime()).toBe(0);
  });

  it('and who falls silent or leaves', () => {
    const outage = opened();
    outage.says('b', 'down', { goodbye: true });
    outage.sayFor(seconds(30), ['c'], 'ok');
    expect(outage.lane('a')).toEqual(['down', 'silent']);
    expect(outage.lane('b')).toEqual(['degraded', 'left']);
    // Forgotten after ten minutes of silence: it counts among the observers no more.
    outage.sayFor(minutes(12), ['c'], 'down');
    expect(outage.lane('a')).toEqual(['down', 'silent', 'left']);
  });

  it('and counts those that took the places of twenty that were killed', () => {
    const outage = new WatchedOutage();
    const killed = many(20);
    outage.sayFor(seconds(10), killed, 'ok');
    outage.sayFor(seconds(30), killed, 'down');
    const successors = killed.map((name) => `${name}-again`);
    outage.sayFor(minutes(12), successors, 'down');
    expect(outage.eventsOf('incident-opened')).toHaveLength(1);
    expect(outage.lane('i0')).toEqual(['down', 'silent', 'left']);
    expect(outage.told.at(-1)?.others).toEqual({ observers: 20, sick: 20 });
  });

  it('and nothing where nothing opens', () => {
    const outage = new WatchedOutage();
    outage.sayFor(seconds(20), three, 'ok');
    outage.says('a', 'down');
    outage.says('b', 'down');
    expect(outage.eventsOf('incident-suspected')).toHaveLength(1);
    outage.sayFor(seconds(60), three, 'ok');
    expect(outage.eventsOf('suspicion-ended')).toHaveLength(1);
    expect(outage.told).toEqual([]);
    expect(outage.state.witnesses).toBeUndefined();
    expect(outage.seen.boards['rethinkdb/main']?.witnesses).toBeNull();
  });
});

describe('what is seen between a closing and a relapse', () => {
  it('is told when it is reopened, in one entry', () => {
    const outage = closed();
    const before = outage.told.length;
    outage.says('c', 'down');
    outage.pass(seconds(5));
    outage.says('c', 'ok');
    outage.sayFor(minutes(1), three, 'ok');
    expect(outage.told).toHaveLength(before);
    outage.sayFor(seconds(20), three, 'down');
    expect(outage.eventsOf('incident-reopened')).toHaveLength(1);
    expect(outage.told).toHaveLength(before + 1);
    expect(outage.lane('c')).toEqual(['ok', 'down', 'ok', 'down']);
  });

  it('is let go once a relapse would be another incident', () => {
    const outage = closed();
    expect(outage.seen.boards['rethinkdb/main']?.witnesses).not.toBeNull();
    outage.sayFor(minutes(31), three, 'ok');
    expect(outage.seen.boards['rethinkdb/main']?.witnesses).toBeNull();
    outage.feed({ type: 'tick' });
    expect(outage.state.witnesses).toBeUndefined();
  });

  it('leaves the places of those that have gone to others', () => {
    const outage = new WatchedOutage();
    const first = many(25);
    outage.sayFor(seconds(10), first, 'ok');
    outage.sayFor(seconds(20), first, 'down');
    for (const name of first) outage.says(name, 'down', { goodbye: true });
    const second = first.map((name) => `${name}-again`);
    outage.sayFor(seconds(90), second, 'ok');
    expect(outage.eventsOf('incident-closed')).toHaveLength(1);
    expect(second.flatMap((name) => outage.lane(name))).toEqual([]);
    outage.sayFor(seconds(20), second, 'down');
    expect(outage.eventsOf('incident-reopened')).toHaveLength(1);
    expect(second.flatMap((name) => outage.lane(name))).toEqual(Array(20).fill('down'));
  });
});

describe('after a restart of the healer in the middle', () => {
  it('each is told as soon as it is heard again, and goes on where it was', () => {
    const outage = opened();
    outage.restart();
    const before = outage.told.length;
    outage.sayFor(seconds(10), ['a', 'b'], 'down');
    expect(outage.told.slice(before).flatMap(({ instances }) => instances)).toMatchObject([
      { instance: 'shop/host-a/a', condition: 'down' },
      { instance: 'shop/host-b/b', condition: 'down' },
    ]);
    expect(outage.lane('c')).toEqual(['ok']);
  });

  it('an incident that an older healer opened is told from then on', () => {
    const outage = opened();
    const { witnesses: _, ...before } = outage.state;
    outage.state = before;
    outage.restart();
    const told = outage.told.length;
    outage.sayFor(seconds(10), three, 'down');
    expect(outage.told.slice(told).flatMap(({ instances }) => instances)).toHaveLength(3);
  });
});

describe('however many there are, and however often they change', () => {
  it('twenty are named, the first that complained, and the others are counted', () => {
    const outage = new WatchedOutage();
    const names = many(3_000);
    for (const name of names) outage.says(name, 'ok');
    outage.pass(seconds(2));
    // The last first, so that names are no order of time.
    for (const [index, name] of names.toReversed().entries()) {
      outage.says(name, 'down', { sinceMs: Math.max(0, 1_900 - index) });
    }
    outage.pass(seconds(12));
    for (const name of names) outage.says(name, 'down', { sinceMs: seconds(13) });
    const [first, ...more] = outage.told;
    expect(more).toEqual([]);
    expect(first?.instances.map(({ instance }) => instance.split('/').at(-1)).toSorted()).toEqual(
      names.slice(-20).toSorted(),
    );
    expect(first?.others).toEqual({ observers: 2_980, sick: 2_980 });
  });

  it('of one that flaps 32 changes are told, the last says so, and a relapse tells again', () => {
    const outage = opened();
    for (let round = 0; round < 500; round += 1) {
      outage.says('a', 'down');
      outage.says('b', round % 2 === 0 ? 'down' : 'degraded');
      outage.pass(100);
    }
    expect(outage.lane('b')).toHaveLength(32);
    const ofB = outage.told
      .flatMap(({ instances }) => instances)
      .filter(({ instance }) => instance.endsWith('/b'));
    expect(ofB.map(({ last }) => last ?? false)).toEqual([...Array(31).fill(false), true]);
    expect(outage.lane('a').length).toBeLessThan(3);
    outage.sayFor(seconds(60), three, 'ok');
    expect(outage.eventsOf('incident-closed')).toHaveLength(1);
    outage.sayFor(seconds(20), three, 'down');
    expect(outage.lane('b').slice(32)).toEqual(['down']);
  });

  it('what waits for an opening is bounded, too: the newest 8 of each', () => {
    const outage = closed();
    for (let round = 0; round < 100; round += 1) {
      outage.says('c', round % 2 === 0 ? 'down' : 'ok');
      outage.pass(100);
    }
    expect(outage.state.witnesses?.instances.map(({ untold }) => untold.length)).toContain(8);
    const told = outage.told.length;
    outage.sayFor(seconds(20), three, 'down');
    const reopening = outage.told.slice(told)[0];
    expect(reopening?.instances.filter(({ instance }) => instance.endsWith('/c'))).toHaveLength(8);
  });

  it('log and state stay within what 20 names and 32 changes take, and time goes forward on each lane', () => {
    const happenings = fc.array(
      fc.record({
        name: fc.nat({ max: 40 }),
        sees: fc.constantFrom<Sees>('ok', 'degraded', 'down', 'down'),
        sinceMs: fc.nat({ max: 60_000 }),
        goodbye: fc.nat({ max: 30 }).map((chance) => chance === 0),
        laterMs: fc.nat({ max: 4_000 }),
      }),
      { minLength: 100, maxLength: 300 },
    );
    fc.assert(
      fc.property(happenings, (given) => {
        const outage = new WatchedOutage();
        const blind = new WatchedOutage({ namesAreTold: false });
        for (const each of [outage, blind]) {
          for (const { name, sees, sinceMs, goodbye, laterMs } of given) {
            each.says(`i${name}`, sees, { sinceMs, goodbye });
            each.pass(laterMs);
          }
        }
        // Nothing is decided by them.
        expect(outage.decisions).toEqual(blind.decisions);
        let counts = new Map<string, number>();
        const sinces = new Map<string, number>();
        for (const { at, event } of outage.events) {
          if (event.type === 'incident-opened' || event.type === 'incident-reopened') counts = new Map();
          if (event.type !== 'instances-changed') continue;
          for (const { instance, since } of event.instances) {
            counts.set(instance, (counts.get(instance) ?? 0) + 1);
            expect(since).toBeGreaterThanOrEqual(sinces.get(instance) ?? 0);
            expect(since).toBeLessThanOrEqual(at);
            sinces.set(instance, since);
          }
          expect(counts.size).toBeLessThanOrEqual(20);
          expect(Math.max(...counts.values())).toBeLessThanOrEqual(32);
        }
        const kept = outage.state.witnesses?.instances ?? [];
        expect(kept.length).toBeLessThanOrEqual(20);
        expect(outage.state.summary).not.toHaveProperty('witnesses');
      }),
      { numRuns: 40 },
    );
  });
});

describe('for a person', () => {
  it('the explanation names three of those that are sick now', () => {
    const outage = new WatchedOutage();
    outage.sayFor(seconds(10), many(5), 'ok');
    outage.sayFor(seconds(15), many(5), 'down');
    expect(outage.explanation().impact).toMatch(
      /^5 of 5 instances \(shop\): shop\/host-i0\/i0, shop\S+, shop\S+ and 2 more$/,
    );
    outage.sayFor(seconds(5), ['i0', 'i1', 'i2', 'i3'], 'ok');
    expect(outage.explanation().impact).toBe('1 of 5 instances (shop): shop/host-i4/i4');
    outage.sayFor(seconds(60), many(5), 'ok');
    expect(outage.explanation().impact).toBe('none');
  });

  it('four are named in a line, the rest is counted', () => {
    const outage = new WatchedOutage();
    outage.sayFor(seconds(10), many(30), 'ok');
    outage.sayFor(seconds(15), many(30), 'down');
    const [first] = outage.told;
    if (first === undefined) throw new Error('nothing was told');
    expect(describeEvent(first)).toMatch(
      /^(shop\/host-\w+\/\w+ down \(unreachable\); ){4}16 more; besides them 10 of 10 sick$/,
    );
  });

  it('what one instance went through stands together', () => {
    const instance = { instance: 'shop/1', service: 'shop', host: 'app-1', since: 1 };
    expect(
      describeEvent({
        type: 'instances-changed',
        instances: [
          { ...instance, condition: 'down', kind: 'timeout' },
          { ...instance, condition: 'ok', last: true },
        ],
        others: { observers: 3, sick: 0 },
      } as never),
    ).toBe('shop/1 on app-1 down (timeout), then ok, and changes too often to be told further');
  });
});
