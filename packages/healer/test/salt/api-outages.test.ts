import { readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { AttemptOrder } from '@prunella/core';
import { waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend, TargetRequest } from '../../src/backends/backend.ts';
import { SaltError } from '../../src/backends/salt/salt-error.ts';
import { comingAndGoing, presence } from './coming-and-going.ts';
import { contextOf, orderOf, type SaltBench, startBench } from './salt-bench.ts';
import { pamMaster, throughPam } from './through-pam.ts';

vi.setConfig({ testTimeout: 180_000 });

let bench: SaltBench;
let salt: Backend;

const allowed = ['.*', '@runner', '@wheel', '@jobs'];

beforeAll(async () => {
  bench = await startBench({
    mode: 'api',
    minions: ['db1', 'db2'],
    allow: [{ function: 'state.highstate' }, { function: 'state.apply', args: [['slow', 'mark']] }],
    masterConfiguration: {
      ...presence.master,
      ...pamMaster.settings,
      external_auth: {
        sharedsecret: { healer: allowed, lab: allowed, reader: ['test.ping'] },
        pam: { [pamMaster.account]: allowed },
      },
    },
    minionConfiguration: presence.minion,
  });
  salt = bench.api();
  // So that each minion's records reach back to an order before those of the tests.
  const first = await salt.dispatch(
    orderOf('salt.state.highstate', { targets: ['db1', 'db2'] }),
    contextOf(),
  );
  expect(first.outcome).toBe('succeeded');
}, 180_000);

afterAll(async () => {
  await salt?.close();
  await bench?.stop();
});

const failing = (...ids: string[]): TargetRequest => ({
  resource: 'rethinkdb/main',
  action: 'salt.state.highstate',
  target: { select: 'failing-nodes' },
  failing: ids.map((id) => ({ node: `node-${id}`, target: id })),
  declared: ids.map((id) => ({ node: `node-${id}`, target: id })),
});
const never = new AbortController().signal;
const shortly = (changes: Partial<AttemptOrder> = {}) =>
  orderOf('salt.state.highstate', {
    notAfter: Date.now() + 4_000,
    deadlineAt: Date.now() + 40_000,
    ...changes,
  });

async function rejectionOf(promise: Promise<unknown>): Promise<SaltError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SaltError)) throw new Error(`expected a SaltError, got ${String(error)}`);
  return error;
}

describe('the way in', () => {
  it('a wrong secret is said so, is not tried again at once, and stands in no message', async () => {
    const wrong = bench.api({ password: 'wrong-secret-9' });
    const first = await rejectionOf(wrong.dispatch(orderOf('salt.state.highstate'), contextOf()));
    const second = await rejectionOf(wrong.dispatch(orderOf('salt.state.highstate'), contextOf()));
    const health = await wrong.check(never);
    await wrong.close();
    expect(first).toMatchObject({ code: 'salt-login-refused', maybeTaken: false });
    expect(second.message).toContain('not tried again for');
    expect(health).toMatchObject({ ok: false, remedy: expect.stringContaining('password') });
    expect(JSON.stringify([first.message, second.message, health])).not.toContain('wrong-secret-9');
  });

  it('a token that the master has forgotten is replaced without anybody noticing', async () => {
    await rm(join(bench.lab.folder, 'master/var/cache/salt/master/tokens'), { recursive: true, force: true });
    const result = await salt.dispatch(orderOf('salt.state.highstate'), contextOf());
    expect(result.outcome).toBe('succeeded');
  });

  it('an account that may not order is told what it needs', async () => {
    const reader = bench.api({ username: 'reader' });
    const error = await rejectionOf(reader.dispatch(orderOf('salt.state.highstate'), contextOf()));
    await reader.close();
    expect(error).toMatchObject({ code: 'salt-forbidden', maybeTaken: false });
    expect(error.message).toContain('external_auth');
  });

  throughPam(() => bench);

  it('a healthy one is said to be so', async () => {
    expect(await salt.check(never)).toMatchObject({ ok: true });
  });
});

describe('something else than salt-api', () => {
  const page = '<html><body>502 Bad Gateway</body></html>';

  async function withProxy(
    answer: (path: string) => { status: number; text: string },
    use: (backend: Backend) => Promise<void>,
  ): Promise<void> {
    const server = createServer((incoming, outgoing) => {
      const { status, text } = answer(incoming.url ?? '');
      outgoing.writeHead(status, { 'content-type': text.startsWith('<') ? 'text/html' : 'application/json' });
      outgoing.end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const backend = bench.api({ url: `http://127.0.0.1:${port}`, requestTimeoutMs: 2_000 });
    try {
      await use(backend);
    } finally {
      await backend.close();
      server.close();
    }
  }

  it('that answers HTML at the login: nothing is sent', async () => {
    for (const status of [200, 404, 502]) {
      await withProxy(
        () => ({ status, text: page }),
        async (backend) => {
          const error = await rejectionOf(backend.dispatch(orderOf('salt.state.highstate'), contextOf()));
          expect(error.maybeTaken).toBe(false);
          expect(error.message).toContain('without a token');
          expect(await backend.resolve(failing('db1'), never)).toMatchObject({
            resolved: false,
            targets: [],
          });
        },
      );
    }
  });

  it('that answers HTML to an order: its outcome is unknown', async () => {
    const login = JSON.stringify({ return: [{ token: 'x', start: 0, expire: 1_000 }] });
    for (const status of [200, 502]) {
      await withProxy(
        (path) => (path === '/login' ? { status: 200, text: login } : { status, text: page }),
        async (backend) => {
          const result = await backend.dispatch(shortly({ notAfter: Date.now() + 1_500 }), contextOf());
          expect(result.outcome).toBe('unknown');
          expect(result.neverSent).toBeUndefined();
          expect(result.targets).toMatchObject([{ id: 'db1', outcome: 'unknown' }]);
        },
      );
    }
  });
});

describe('a minion that does not answer', () => {
  it('is named when targets are resolved, is no repair, and runs nothing when it comes back', async () => {
    const before = await bench.marks('db2');
    await bench.lab.killMinion('db2');
    const resolution = await salt.resolve(failing('db1', 'db2'), never);
    const result = await salt.dispatch(shortly({ targets: ['db1', 'db2'] }), contextOf());
    await bench.lab.startMinion('db2');
    expect(resolution.targets.map(({ id, responding }) => [id, responding])).toEqual([
      ['db1', true],
      ['db2', false],
    ]);
    expect(result.targets.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['db1', 'succeeded'],
      ['db2', 'silent'],
    ]);
    expect(result.outcome).toBe('unknown');
    expect(await bench.marks('db2')).toBe(before);
  });

  it('that hangs and goes on later refuses what is past its time', async () => {
    const before = await bench.marks('db2');
    bench.lab.stallMinion('db2');
    const order = shortly({ targets: ['db2'] });
    const result = await salt.dispatch(order, contextOf());
    bench.lab.resumeMinion('db2');
    await bench.lab.waitForMinion('db2');
    const jobs = () => salt.find(order, null, contextOf());
    const found = await waitFor(
      async () => {
        const one = await jobs();
        return one.found === 'ended' ? one : null;
      },
      { what: 'the refusal of the late order' },
    );
    expect(result.targets).toMatchObject([{ id: 'db2', outcome: 'silent' }]);
    expect(found.result.targets).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('late') },
    ]);
    expect(await bench.marks('db2')).toBe(before);
  });
});

describe('after a crash of the healer', () => {
  it('a job that runs is found by its metadata, followed to its end, and not run twice', async () => {
    const before = await bench.marks('db1');
    const order = orderOf('salt.state.apply', { arguments: { states: ['slow', 'mark'] } });
    const allowed = { ...order, action: 'salt.state.apply', arguments: { states: 'slow' } };
    const context = contextOf();
    const crashed = bench.api();
    const lost = crashed.dispatch(allowed, context);
    await waitFor(() => context.references.length > 0, { what: 'the job to be taken' });
    context.controller.abort(new Error('killed'));
    await lost;
    await crashed.close();

    const found = await salt.find(allowed, null, contextOf());
    expect(found).toMatchObject({ found: 'running', reference: context.references[0] });
    const result = found.found === 'running' ? await found.result : null;
    expect(result).toMatchObject({ outcome: 'succeeded', targets: [{ id: 'db1', fenced: true }] });
    const again = await salt.find(allowed, context.references[0] ?? null, contextOf());
    expect(again).toMatchObject({ found: 'ended', result: { outcome: 'succeeded' } });
    expect(await bench.marks('db1')).toBe(before);
  });

  it('the same order sent again is answered from the record, not run again', async () => {
    const before = await bench.marks('db1');
    const order = orderOf('salt.state.highstate');
    await salt.dispatch(order, contextOf());
    const again = await salt.dispatch(order, contextOf());
    expect(again.outcome).toBe('succeeded');
    expect(again.summary).toContain('as recorded when it ran');
    expect(await bench.marks('db1')).toBe(before + 1);
  });

  it('a job that the master has forgotten is found in the records of the minion', async () => {
    const order = orderOf('salt.state.highstate');
    await salt.dispatch(order, contextOf());
    const jobs = join(bench.lab.folder, 'master/var/cache/salt/master/jobs');
    for (const name of await readdir(jobs)) await rm(join(jobs, name), { recursive: true, force: true });
    // The master may meet the hole that was torn into its cache, and answers 500: asked again, as the engine does.
    const found = await waitFor(() => salt.find(order, null, contextOf()), { what: 'the job', everyMs: 500 });
    expect(found).toMatchObject({ found: 'ended', result: { outcome: 'succeeded' } });
  });

  it('an order that was never sent is proved so, but not before its time is over', async () => {
    const order = orderOf('salt.state.highstate', { notAfter: Date.now() + 3_000 });
    const early = await rejectionOf(salt.find(order, null, contextOf()));
    expect(early.message).toContain('its time is not over');
    const found = await waitFor(() => salt.find(order, null, contextOf()), {
      what: 'the proof',
      everyMs: 500,
    });
    expect(found).toEqual({ found: 'never-sent' });
  });

  it('without fences nothing proves that an order was not sent', async () => {
    const plain = bench.api({ fences: 'none' });
    const found = await plain.find(orderOf('salt.state.highstate', { notAfter: 0 }), null, contextOf());
    await plain.close();
    expect(found).toMatchObject({ found: 'not-found' });
  });
});

describe('salt-api', () => {
  it('that is down: nothing is sent, and it is said', async () => {
    await bench.lab.killApi();
    const error = await rejectionOf(bench.api().dispatch(orderOf('salt.state.highstate'), contextOf()));
    const resolution = await salt.resolve(failing('db1'), never);
    await bench.lab.startApi();
    expect(error).toMatchObject({ code: 'salt-unreachable', maybeTaken: false });
    expect(error.message).toContain('check that it runs');
    expect(resolution).toMatchObject({ resolved: false, targets: [], error: expect.any(String) });
  });

  it('that hangs while it has the order leaves the outcome unknown, within bounds', async () => {
    const impatient = bench.api({ requestTimeoutMs: 1_500, loginTimeoutMs: 1_500 });
    await impatient.check(never);
    bench.lab.stallApi();
    const result = await impatient.dispatch(shortly(), contextOf());
    const login = await rejectionOf(bench.api({ loginTimeoutMs: 1_000 }).dispatch(shortly(), contextOf()));
    bench.lab.resumeApi();
    await impatient.close();
    expect(result).toMatchObject({ outcome: 'unknown' });
    expect(result.summary).toContain('no answer within');
    expect(login).toMatchObject({ code: 'salt-timeout', maybeTaken: false });
  });
});

describe('the Salt master', () => {
  it.each([
    ['down', () => bench.lab.killMaster(), () => bench.lab.startMaster()],
    ['hanging', async () => bench.lab.stallMaster(), async () => bench.lab.resumeMaster()],
  ])(
    '%s: a clear answer within bounds, never a success, and orders work again afterwards',
    async (_, hurt, heal) => {
      const nodes = ['db1', 'db2'].map((target) => ({ resource: 'rethinkdb/main', node: target, target }));
      const impatient = bench.api({
        requestTimeoutMs: 2_000,
        loginTimeoutMs: 2_000,
        nodes,
      });
      const signals: string[] = [];
      await impatient.watch?.start(async ({ type, node }) => {
        signals.push(`${type} ${node}`);
        return { accepted: true, duplicate: false };
      });
      await impatient.check(never);
      await hurt();
      const health = await impatient.check(never);
      const resolution = await impatient.resolve(failing('db1'), never);
      const result = await impatient.dispatch(shortly(), contextOf());
      const login = await rejectionOf(bench.api({ loginTimeoutMs: 1_000 }).dispatch(shortly(), contextOf()));
      await heal();
      await waitFor(async () => (await impatient.check(never)).ok, {
        what: 'salt to answer again',
        everyMs: 500,
      });
      await bench.lab.waitForMinion('db1');
      await waitFor(
        async () => {
          await bench.lab.run('db1', 'event.send', ['salt/beacon/db1/back/', {}]);
          return signals.includes('salt.beacon.back db1');
        },
        { what: 'the bus to be heard again', everyMs: 500, deadlineMs: 60_000 },
      );
      await impatient.watch?.stop();
      await impatient.close();
      // Whether its minions came or went is seen below.
      expect(signals.filter((one) => one.startsWith('salt.job'))).toEqual([]);
      expect(health).toMatchObject({ ok: false });
      expect(resolution).toMatchObject({ resolved: false, targets: [] });
      expect(result.outcome).toBe('unknown');
      expect(login.message).toContain('master is down or hangs');
      const after = await salt.dispatch(orderOf('salt.state.highstate'), contextOf());
      expect(after.outcome).toBe('succeeded');
    },
  );
});

describe('the minions of a master', () => comingAndGoing(() => bench));
