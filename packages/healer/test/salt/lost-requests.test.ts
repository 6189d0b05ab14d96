import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSaltBackend, type SaltBackend } from '../../src/backends/salt/create-salt-backend.ts';
import { contextOf, orderOf } from './salt-bench.ts';
import { type StandInSaltApi, settingsBeside, startStandIn } from './stand-in-salt-api.ts';

let api: StandInSaltApi;
let backend: SaltBackend;
let password: string | undefined;

beforeEach(async () => {
  api = await startStandIn();
  password = 'secret';
  backend = createSaltBackend(
    { ...settingsBeside(api), limits: { perMaster: 10, perMinion: 1, perJob: 2 } },
    {
      environment: {
        get PASSWORD() {
          return password;
        },
      },
    },
  );
});

afterEach(async () => {
  await backend.close();
  await api.close();
});

const missing = { return: "'prunella.apply' is not available.", retcode: 1 };
const restarted = { return: true, retcode: 0 };
const applied = { return: { prunella: 1, status: 'done', return: true, retcode: 0 }, retcode: 0 };
const never = { prunella: 1, status: 'never-taken' };

describe('a plain order after one through a module that is not there', () => {
  it('whose answer is lost has its own outcome, not that of the module that is missing', async () => {
    api.onStart = ({ fun }) =>
      fun === 'prunella.apply' ? { returns: { db1: missing } } : { returns: { db1: restarted }, lost: true };
    const result = await backend.dispatch(orderOf('salt.service.restart'), contextOf());
    expect(result.targets).toMatchObject([{ id: 'db1', outcome: 'succeeded', fenced: false }]);
    expect(api.jobs).toHaveLength(2);
  });

  it('that never comes to light is unknown', async () => {
    api.onStart = ({ fun }) => (fun === 'prunella.apply' ? { returns: { db1: missing } } : { lost: true });
    const order = orderOf('salt.service.restart', {
      notAfter: Date.now() + 2_500,
      deadlineAt: Date.now() + 3_500,
    });
    const result = await backend.dispatch(order, contextOf());
    expect(result).toMatchObject({ outcome: 'unknown' });
  });

  it('that still runs after a crash of the healer is followed, not called failed', async () => {
    const order = orderOf('salt.service.restart');
    api.onStart = ({ fun }) => (fun === 'prunella.apply' ? { returns: { db1: missing } } : {});
    const context = contextOf();
    const given = backend.dispatch(order, context);
    await expect.poll(() => api.jobs.length, { timeout: 10_000 }).toBe(2);
    context.controller.abort();
    await given;
    const found = await backend.find(order, api.jobs[0]?.jid ?? '', contextOf());
    expect(found).toMatchObject({ found: 'running', reference: api.jobs[1]?.jid });
    Object.assign(api.jobs[1]?.returns ?? {}, { db1: restarted });
    expect(found.found === 'running' && (await found.result)).toMatchObject({
      outcome: 'succeeded',
      targets: [{ id: 'db1', outcome: 'succeeded', fenced: false }],
    });
  });
});

describe('an order whose time is over without a return', () => {
  it.each([
    ['running', 'it still ran when its time was over, by the record of the minion'],
    ['unknown', 'it began and was interrupted, by the record of the minion; nobody knows how far it came'],
  ])('is unknown, and told as what the minion has written down: %s', async (status, detail) => {
    api.onStart = () => ({});
    api.onAsk = ({ fun }) => (fun === 'prunella.look' ? { db1: { prunella: 1, status, comment: 'x' } } : {});
    const order = orderOf('salt.service.restart', { deadlineAt: Date.now() + 1_000 });
    const { outcome, targets } = await backend.dispatch(order, contextOf());
    expect({ outcome, targets }).toMatchObject({
      outcome: 'unknown',
      targets: [{ id: 'db1', outcome: 'unknown', detail, fenced: true }],
    });
  });
});

describe('an order that is looked for after a crash', () => {
  it('is judged on each minion by the job that it got there', async () => {
    const order = orderOf('salt.service.restart', { targets: ['db1', 'db2'] });
    api.onStart = ({ fun }) =>
      fun === 'prunella.apply'
        ? { returns: { db1: applied, db2: missing } }
        : { returns: { db2: restarted } };
    await backend.dispatch(order, contextOf());
    const found = await backend.find(order, null, contextOf());
    expect(found).toMatchObject({
      found: 'ended',
      result: {
        outcome: 'succeeded',
        targets: [
          { id: 'db1', outcome: 'succeeded', fenced: true },
          { id: 'db2', outcome: 'succeeded', fenced: false },
        ],
      },
    });
  });

  it('is said not to have been sent to the minions whose turn had not come', async () => {
    const order = orderOf('salt.service.restart', { targets: ['db1', 'db2', 'db3'] });
    const context = contextOf();
    api.onStart = () => {
      context.controller.abort();
      return { returns: { db1: applied, db2: applied } };
    };
    await backend.dispatch(order, context);
    expect(api.jobs).toHaveLength(1);
    await expect(backend.find(order, null, contextOf())).rejects.toMatchObject({ code: 'salt-busy' });
    const later = { ...contextOf(), now: () => order.notAfter + 10_000 };
    const found = await backend.find(order, null, later);
    expect(found).toMatchObject({
      found: 'ended',
      result: {
        outcome: 'failed',
        targets: [
          { id: 'db1', outcome: 'succeeded' },
          { id: 'db2', outcome: 'succeeded' },
          { id: 'db3', outcome: 'failed', detail: expect.stringContaining('not sent') },
        ],
      },
    });
  });

  it('is not called ended while it may still come to one of the minions', async () => {
    const order = orderOf('salt.service.restart', { targets: ['db1', 'db2'] });
    const done = { prunella: 1, status: 'done', return: true, retcode: 0 };
    api.onAsk = () => ({ db1: done, db2: never });
    await expect(backend.find(order, null, contextOf())).rejects.toMatchObject({ code: 'salt-busy' });
    const later = { ...contextOf(), now: () => order.notAfter + 10_000 };
    expect(await backend.find(order, null, later)).toMatchObject({
      found: 'ended',
      result: { targets: [{ outcome: 'succeeded' }, { outcome: 'failed' }] },
    });
  });
});

it('a secret that goes away while an order is looked for does not make it an unsent one', async () => {
  const context = contextOf();
  api.onStart = () => {
    password = undefined;
    return { lost: true };
  };
  const order = orderOf('salt.service.restart', {
    notAfter: Date.now() + 2_500,
    deadlineAt: Date.now() + 3_500,
  });
  expect(await backend.dispatch(order, context)).toMatchObject({ outcome: 'unknown' });
});

describe('an order whose return was lost', () => {
  const times = () => ({ notAfter: Date.now() + 120_000, deadlineAt: Date.now() + 240_000 });

  it('ends as soon as its minion is asked, so that the next order need not wait for its time to be over', async () => {
    const recorded = { prunella: 1, status: 'done', return: true, retcode: 0 };
    api.onAsk = ({ fun }) => {
      if (fun === 'saltutil.find_job') return { db1: {} };
      return { db1: fun === 'prunella.look' ? recorded : true };
    };
    const result = await backend.dispatch(orderOf('salt.service.restart', times()), contextOf());
    expect(result.targets).toMatchObject([
      { outcome: 'succeeded', detail: expect.stringContaining('as recorded when it ran') },
    ]);
  });

  it('is not given up where the minion may not be asked for its jobs', async () => {
    api.onAsk = () => ({ db1: "'saltutil.find_job' is not available." });
    const order = orderOf('salt.service.restart', { notAfter: Date.now(), deadlineAt: Date.now() + 240_000 });
    const given = backend.dispatch({ ...order, notAfter: Date.now() + 2_000 }, contextOf());
    const asked = () => api.calls.filter(({ fun }) => fun === 'saltutil.find_job').length;
    await expect.poll(asked, { timeout: 40_000 }).toBe(2);
    Object.assign(api.jobs[0]?.returns ?? {}, { db1: applied });
    expect((await given).targets).toMatchObject([{ outcome: 'succeeded' }]);
  });
});
