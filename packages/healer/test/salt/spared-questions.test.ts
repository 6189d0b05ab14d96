import type { ActingElsewhere } from '@prunella/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TargetRequest } from '../../src/backends/backend.ts';
import { createSaltBackend, type SaltBackend } from '../../src/backends/salt/create-salt-backend.ts';
import { contextOf, orderOf } from './salt-bench.ts';
import { type StandInSaltApi, settingsBeside, startStandIn } from './stand-in-salt-api.ts';

// How soon a real minion answers is not for a test to say, and what it says is: minion-module.test.ts.

let api: StandInSaltApi;
let backend: SaltBackend;
let told: (readonly ActingElsewhere[])[];

beforeEach(async () => {
  api = await startStandIn();
  told = [];
  await begin();
});

async function begin(domainGrain?: string): Promise<void> {
  backend = createSaltBackend(
    { ...settingsBeside(api), watch: true, ...(domainGrain === undefined ? {} : { domainGrain }) },
    {
      environment: { PASSWORD: 'secret' },
      nodes: [{ resource: 'rethinkdb/main', node: 'one', target: 'db1' }],
    },
  );
  await backend.watch?.start(
    async () => ({ accepted: true, duplicate: false }),
    (_, acting) => told.push(acting),
  );
}

async function end(): Promise<void> {
  await backend.watch?.stop();
  await backend.close();
}

afterEach(async () => {
  await end();
  await api.close();
});

const target = { node: 'one', target: 'db1' };
const failing: TargetRequest = {
  resource: 'rethinkdb/main',
  action: 'salt.service.reload',
  target: { select: 'failing-nodes' },
  failing: [target],
  declared: [target],
};
const run = { jid: '20261126070000000009', fun: 'state.apply', user: 'root' };
const done = { prunella: 1, status: 'done', return: true, retcode: 0 };
const never = new AbortController().signal;
const resolve = (changes: Partial<TargetRequest> = {}) => backend.resolve({ ...failing, ...changes }, never);
const questions = () =>
  api.calls.filter(({ fun }) => fun === 'saltutil.is_running' || fun === 'grains.get').map(({ fun }) => fun);
const reload = () => backend.dispatch(orderOf('salt.service.reload'), contextOf());

function eachReturns(value: unknown): void {
  api.onStart = () => ({ returns: { db1: { return: value, retcode: 0 } } });
}

describe('a minion whose order has just ended', () => {
  it('is not asked whether it is there, where it told which state runs are under way', async () => {
    eachReturns({ ...done, state_runs: [] });
    await reload();
    expect(await resolve()).toEqual({
      resolved: true,
      targets: [{ id: 'db1', responding: true, node: 'one' }],
    });
    expect(questions()).toEqual([]);
    expect(told.at(-1) ?? []).toEqual([]);
  });

  it('has them told before its order ends, so that the next decision knows them', async () => {
    eachReturns({ ...done, state_runs: [run] });
    await reload();
    expect(told.at(-1)).toMatchObject([{ what: 'salt-job', targets: ['db1'] }]);
  });

  it('is asked where it did not tell them, as with the module of before', async () => {
    eachReturns(done);
    await reload();
    await resolve();
    expect(questions()).toEqual(['saltutil.is_running']);
  });

  it('is asked where it refused the order', async () => {
    eachReturns({ prunella: 1, status: 'refused', code: 'overtaken', comment: 'a newer order was taken' });
    await reload();
    await resolve();
    expect(questions()).toEqual(['saltutil.is_running']);
  });

  it('is asked where an expression may mean others, too, and beside one not heard of', async () => {
    eachReturns({ ...done, state_runs: [] });
    await reload();
    await resolve({ target: { select: 'expression', expression: 'db*', matcher: 'glob' } });
    expect(questions()).toHaveLength(1);
    const other = { node: 'two', target: 'db2' };
    const both = { failing: [target, other], declared: [target, other] };
    // Nobody answers for db2 here.
    expect((await resolve(both)).targets).toMatchObject([{ responding: true }, { responding: false }]);
    expect(questions()).toHaveLength(2);
  });

  it('is asked for the grain of its failure domain alone', async () => {
    await end();
    await begin('rack');
    eachReturns({ ...done, state_runs: [] });
    await reload();
    await resolve();
    expect(questions()).toEqual(['grains.get']);
  });
});

it('a minion that answered who is there is not asked again at once', async () => {
  eachReturns([]);
  await resolve();
  expect((await resolve()).targets).toMatchObject([{ id: 'db1', responding: true }]);
  expect(questions()).toEqual(['saltutil.is_running']);
});
