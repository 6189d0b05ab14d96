import type { ActingElsewhere, Signal } from '@prunella/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MinionReturn } from '../client.ts';
import type { BusListener } from '../event-feed.ts';
import { SaltWatch } from './salt-watch.ts';

// The bus and the minions are stand-ins here, so that time can be driven; api-mode.test.ts has real ones.
const minions = ['db1', 'db2', 'db3', 'db4', 'web1'];
let emit: BusListener = () => {};
let answers: (minion: string) => unknown = () => ({});
let asked: string[] = [];
let signals: Signal[] = [];
let told: { resource: string; acting: readonly ActingElsewhere[] }[] = [];
let problems: string[] = [];
let watch: SaltWatch;

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_000_000 });
  asked = [];
  signals = [];
  told = [];
  problems = [];
  answers = () => ({});
  watch = new SaltWatch({
    client: {
      ask: async (ids, { name }) => {
        asked.push(`${name} ${ids.join(',')}`);
        const heard = ids.filter((id) => answers(id) !== undefined);
        return new Map(heard.map((id): [string, MinionReturn] => [id, { value: answers(id), retcode: 0 }]));
      },
    },
    feed: {
      hold: () => () => {},
      listenToAll: (listener) => {
        emit = listener;
        return () => {};
      },
    },
    nodes: minions.map((target) => ({
      resource: target.startsWith('db') ? 'rethinkdb/main' : 'http/shop',
      node: `node-${target}`,
      target,
    })),
    onProblem: (text) => problems.push(text),
  });
  await watch.start(
    async (signal) => {
      signals.push(signal);
      return { accepted: true, duplicate: false };
    },
    (resource, acting) => told.push({ resource, acting }),
  );
});

afterEach(async () => {
  await watch.stop();
  vi.useRealTimers();
});

const began = (fun: string, more: object = {}) =>
  emit('salt/job/20261126/new', { fun, minions: ['db1', 'db2', 'other'], user: 'ada', ...more });
const returned = (id: string, more: object = {}) =>
  emit(`salt/job/20261126/ret/${id}`, { fun: 'state.apply', id, retcode: 0, success: true, ...more });
const lost = (...ids: string[]) => emit('salt/presence/change', { lost: ids, new: [], _stamp: 'now' });

it('tells what others do on declared minions, until each of them has returned', () => {
  began('state.highstate');
  expect(told).toMatchObject([
    {
      resource: 'rethinkdb/main',
      acting: [
        { what: 'highstate', targets: ['db1', 'db2'], detail: 'state.highstate of ada as job 20261126' },
      ],
    },
  ]);
  returned('db1');
  expect(told.at(-1)?.acting).toMatchObject([{ targets: ['db2'] }]);
  returned('db2');
  expect(told.at(-1)?.acting).toEqual([]);
});

it.each([
  ['test.ping', {}],
  ['state.show_sls', {}],
  ['service.status', {}],
  ['prunella.apply', {}],
  ['state.highstate', { metadata: { prunella: { attempt: 'a' } } }],
  ['state.highstate', { minions: ['other'] }],
])('does not mind %s %j', (fun, more) => {
  began(fun, more);
  expect(told).toEqual([]);
});

it('asks whether a job still runs, and believes it over where the minion knows nothing of it', async () => {
  began('cmd.run');
  answers = (minion) => (minion === 'db1' ? { jid: '20261126' } : {});
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked).toEqual(['saltutil.find_job db1,db2']);
  expect(told.at(-1)?.acting).toMatchObject([{ targets: ['db1'], until: 1_020_000 + 60_000 }]);
});

it('does not believe in a job for ever of which nobody says anything any more', async () => {
  began('cmd.run');
  answers = () => undefined;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told.at(-1)?.acting).toEqual([]);
});

it('sees state runs that a minion began by itself when targets are resolved', () => {
  const under = [{ jid: '20261127', fun: 'state.highstate', user: 'root', pid: 7 }];
  watch.answered(new Map([['web1', { value: under, retcode: 0 }]]));
  expect(told).toMatchObject([{ resource: 'http/shop', acting: [{ what: 'highstate', targets: ['web1'] }] }]);
});

it('says where that may not be asked', () => {
  expect(watch.mayAsk).toBe(true);
  watch.refused();
  expect(problems).toEqual([expect.stringContaining('saltutil.is_running')]);
  expect(watch.mayAsk).toBe(false);
});

it('makes a signal of a failed job of somebody else, for the node whose minion it was', () => {
  returned('db1', { success: false, retcode: 2 });
  returned('db2');
  returned('other', { retcode: 1 });
  returned('db3', { retcode: 1, metadata: { prunella: { attempt: 'a' } } });
  expect(signals).toMatchObject([
    {
      source: 'salt',
      type: 'salt.job.failed',
      resource: 'rethinkdb/main',
      node: 'node-db1',
      status: 'firing',
      summary: 'state.apply as job 20261126 failed on db1 (retcode 2)',
    },
  ]);
});

it('makes signals of beacons, with what they tell, bounded', () => {
  emit('salt/beacon/db1/disk/', { id: 'db1', diskusage: 97, _stamp: 'a' });
  emit('salt/beacon/db1/log/', { text: 'x'.repeat(5_000), _stamp: 'b' });
  expect(signals).toMatchObject([
    { type: 'salt.beacon.disk', data: { id: 'db1', diskusage: 97 } },
    { type: 'salt.beacon.log', data: { tooLong: true } },
  ]);
});

it('makes signals of one minion that is lost, comes back and starts', () => {
  lost('db1');
  vi.advanceTimersByTime(15_000);
  emit('salt/presence/change', { lost: [], new: ['db1'], _stamp: 'later' });
  emit('salt/minion/db1/start', { _stamp: 'later' });
  vi.advanceTimersByTime(15_000);
  expect(signals.map(({ type, status }) => [type, status])).toEqual([
    ['salt.minion.lost', 'firing'],
    ['salt.minion.lost', 'resolved'],
    ['salt.minion.started', 'firing'],
  ]);
});

it('tells at its end, as at a reload, what it was still gathering', async () => {
  lost('db1');
  await watch.stop();
  expect(signals.map(({ type, node }) => [type, node])).toEqual([['salt.minion.lost', 'node-db1']]);
});

it('takes many at once for a restart of their master, and makes no signal of any', () => {
  lost('db1', 'db2');
  vi.advanceTimersByTime(10_000);
  emit('salt/minion/db3/start', { _stamp: 'x' });
  vi.advanceTimersByTime(15_000);
  expect(signals).toEqual([]);
  expect(problems).toEqual([expect.stringContaining('3 of 5 minions')]);
});

it('makes no more than sixty signals a minute, and says so once', () => {
  for (let index = 0; index < 100; index += 1) emit('salt/beacon/db1/disk/', { _stamp: `${index}` });
  expect(signals).toHaveLength(60);
  expect(problems).toHaveLength(1);
});

it('minds no event that it cannot read', () => {
  for (const tag of [
    '',
    'salt',
    'salt/job',
    'salt/job/1/ret',
    'salt/job/1/new',
    'salt/beacon/db1',
    'other/x',
  ]) {
    for (const data of [null, [], {}, { fun: 1, minions: 'db1' }]) emit(tag, data);
  }
  expect([signals, told, problems]).toEqual([[], [], []]);
});
