import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSaltEnvironment, installSalt, type SaltLab, startSalt } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetRequest } from '../../src/backends/backend.ts';
import type { SaltBackend } from '../../src/backends/salt/create-salt-backend.ts';
import { contextOf, orderOf, type SaltBench, startBench } from './salt-bench.ts';

/** `db1` belongs to both masters; of `near` only the first knows, of `far` only the second. */
let first: SaltBench;
let second: SaltLab;
let folder: string;
let both: SaltBackend;
const never = new AbortController().signal;

beforeAll(async () => {
  const environment = (await findSaltEnvironment()) ?? (await installSalt());
  folder = await mkdtemp(join(tmpdir(), 'prunella-second-'));
  const states = join(folder, 'states');
  await mkdir(states);
  await writeFile(join(states, 'top.sls'), "base: { '*': [well] }\n");
  await writeFile(join(states, 'well.sls'), 'well: test.succeed_without_changes\n');
  second = await startSalt({ folder, minions: [], mode: 'api', environment, fileRoots: [states] });
  const { request } = second.layout.ports;
  const far = `127.0.0.1:${request}`;
  const masters: Readonly<Record<string, readonly string[]>> = {
    db1: ['127.0.0.1', far],
    far: [far],
    near: ['127.0.0.1'],
  };
  first = await startBench({
    minions: ['db1', 'near', 'far'],
    heard: ['db1', 'near'],
    mode: 'api',
    apiSecret: second.api.password,
    keyOf: folder,
    // 4506 means: the one that each master names.
    minionConfiguration: (id) => ({ master: masters[id], publish_port: 4506 }),
  });
  both = first.api({ furtherMasters: [second.api.url], requestTimeoutMs: 6_000, loginTimeoutMs: 3_000 });
  await second.waitForMinion('far');
  await second.waitForMinion('db1');
}, 300_000);

afterAll(async () => {
  await both?.close();
  await first?.stop();
  await second?.stop();
  await rm(folder, { recursive: true, force: true });
});

const request: TargetRequest = {
  resource: 'rethinkdb/main',
  action: 'salt.state.highstate',
  target: { select: 'expression', expression: 'db1,near,far', matcher: 'list' },
  failing: [],
  declared: ['db1', 'near', 'far'].map((target) => ({ node: target, target })),
};

describe('two real masters', () => {
  it('together answer for the minions of both', async () => {
    expect((await both.resolve(request, never)).targets).toMatchObject([
      { id: 'db1', responding: true },
      { id: 'far', responding: true },
      { id: 'near', responding: true },
    ]);
  });

  it('get each order through the one that hears its minion', async () => {
    for (const target of ['near', 'far']) {
      const order = orderOf('salt.state.highstate', { targets: [target] });
      expect((await both.dispatch(order, contextOf())).targets).toMatchObject([
        { id: target, outcome: 'succeeded' },
      ]);
      expect(await both.find(order, null, contextOf())).toMatchObject({ found: 'ended' });
    }
  });

  it('are both asked before an order is said never to have been sent', async () => {
    const order = orderOf('salt.state.highstate', { targets: ['far'] });
    const later = { ...contextOf(), now: () => order.notAfter + 10_000 };
    expect(await both.find(order, null, later)).toMatchObject({ found: 'never-sent' });
  });

  it('find an order by what its minion wrote down, also where the master that sent it is gone', async () => {
    const order = orderOf('salt.state.highstate');
    const context = contextOf();
    expect((await both.dispatch(order, context)).outcome).toBe('succeeded');
    const before = await first.marks('db1');
    await first.lab.killMaster();
    expect(await both.find(order, context.references[0] ?? null, contextOf())).toMatchObject({
      found: 'ended',
      result: { outcome: 'succeeded' },
    });
    expect(await first.marks('db1')).toBe(before);
    // Of what only the lost one could know nothing is said.
    const unsent = orderOf('salt.state.highstate', { targets: ['near'] });
    await expect(both.find(unsent, null, contextOf())).rejects.toThrow();
  });
});
