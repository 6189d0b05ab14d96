import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Backend, TargetRequest } from '../../src/backends/backend.ts';
import { aroundSaltApi } from './around-salt-api.ts';
import { contextOf, orderOf, type SaltBench, secretCommand, startBench } from './salt-bench.ts';

vi.setConfig({ testTimeout: 60_000 });

let bench: SaltBench;
let salt: Backend;
let accounts: string;

const exampleFile = resolve(import.meta.dirname, '../../../../salt/examples/master-api.conf');

// db1 is as Prunella wants it; plain1 has no prunella.apply; bare1 has no state module, which stands for any
// function that a minion does not have.
const disabled: Readonly<Record<string, readonly string[]>> = { plain1: ['prunella'], bare1: ['state'] };

beforeAll(async () => {
  const example: unknown = parse(await readFile(exampleFile, 'utf8'));
  const permitted = shippedPermissions(example);
  accounts = await mkdtemp(join(tmpdir(), 'prunella-accounts-'));
  await writeFile(join(accounts, 'users'), 'strict:in-a-file\n', { mode: 0o600 });
  bench = await startBench({
    mode: 'api',
    minions: ['db1', 'plain1', 'bare1'],
    services: [
      { name: 'rethinkdb', minion: 'db1', command: 'sleep', parameters: ['100000'] },
      { name: 'fragile', minion: 'db1', command: 'false', parameters: [], autostart: false },
    ],
    allow: [
      { function: 'state.highstate' },
      { function: 'state.apply', args: [['mark', 'broken', 'loads', 'no_such_state']] },
      { function: 'state.test', args: [['mark', 'no_such_state']] },
      { function: 'service.restart', args: [['rethinkdb', 'fragile', 'no-such-service']] },
      { function: 'service.stop', args: ['rethinkdb'] },
      { function: 'cmd.run', args: [['true', 'ls /no/such; id']] },
      { function: 'file.file_exists', kwargs: { path: ['/etc/passwd', '/no/such'] } },
    ],
    masterConfiguration: {
      external_auth: {
        sharedsecret: {
          // What is shipped, and what minions without prunella.apply need.
          healer: [...permitted, 'state.highstate', 'service.restart'],
          lab: ['.*', '@runner', '@wheel', '@jobs'],
          wide: ['.*', '@wheel'],
        },
        file: { '^filename': join(accounts, 'users'), strict: permitted },
        auto: { anybody: ['test.ping'] },
      },
      presence_events: true,
      nodegroups: { databases: 'L@db1,nobody1' },
    },
    pillar: { db1: { role: 'database' } },
    minionConfiguration: (id) =>
      disabled[id] ? { disable_modules: disabled[id] } : { grains: { rack: 'rack-7' } },
  });
  salt = bench.api();
}, 180_000);

afterAll(async () => {
  await salt?.close();
  await bench?.stop();
  await rm(accounts, { recursive: true, force: true });
});

function shippedPermissions(example: unknown): readonly unknown[] {
  const shape = z.object({
    external_auth: z.object({ sharedsecret: z.object({ healer: z.array(z.unknown()) }) }),
  });
  return shape.parse(example).external_auth.sharedsecret.healer;
}

const request = (changes: Partial<TargetRequest>): TargetRequest => ({
  resource: 'rethinkdb/main',
  action: 'salt.state.highstate',
  target: { select: 'failing-nodes' },
  failing: [],
  declared: [{ node: 'one', target: 'db1' }],
  ...changes,
});
const expression = (text: string, matcher = 'glob') => ({
  select: 'expression' as const,
  expression: text,
  matcher,
});
const never = new AbortController().signal;

describe('targets', () => {
  it('are the failing nodes by their declared minions', async () => {
    const resolution = await salt.resolve(request({ failing: [{ node: 'one', target: 'db1' }] }), never);
    expect(resolution).toEqual({ resolved: true, targets: [{ id: 'db1', responding: true, node: 'one' }] });
  });

  it('are whom Salt matches, by glob, list, grain, compound, nodegroup or pillar', async () => {
    for (const [text, matcher] of [
      ['db*', 'glob'],
      ['db1, ', 'list'],
      ['id:db1', 'grain'],
      ['db* and not bare*', 'compound'],
      ['databases', 'nodegroup'],
      ['role:database', 'pillar'],
    ] as const) {
      const resolution = await salt.resolve(request({ target: expression(text, matcher) }), never);
      expect(
        resolution.targets.map(({ id }) => id),
        `${text} (${matcher})`,
      ).toEqual(['db1']);
    }
  });

  it('have the failure domain that their grain names', async () => {
    const racks = bench.api({ domainGrain: 'rack', username: 'wide' });
    const resolution = await racks.resolve(request({ target: expression('db1,plain1', 'list') }), never);
    await racks.close();
    expect(resolution.targets.map(({ id, domain }) => [id, domain])).toEqual([
      ['db1', 'rack-7'],
      ['plain1', undefined],
    ]);
  });

  it('that match nobody are nothing, and nothing is not a repair', async () => {
    const resolution = await salt.resolve(request({ target: expression('nobody*') }), never);
    expect(resolution).toEqual({ resolved: true, targets: [] });
    const result = await salt.dispatch(
      orderOf('salt.state.highstate', { targets: ['nobody1'] }),
      contextOf(),
    );
    expect(result).toMatchObject({ outcome: 'failed', neverSent: true });
    const empty = await salt.dispatch(orderOf('salt.state.highstate', { targets: [] }), contextOf());
    expect(empty).toMatchObject({ outcome: 'failed', neverSent: true });
  });

  it('that the master does not know are named as silent where a node declares them', async () => {
    const failing = [
      { node: 'one', target: 'db1' },
      { node: 'two', target: 'gone1' },
    ];
    const resolution = await salt.resolve(request({ failing }), never);
    expect(resolution.targets.map(({ id, responding }) => [id, responding])).toEqual([
      ['db1', true],
      ['gone1', false],
    ]);
  });
});

describe('a state run', () => {
  it('succeeds when every state did, under its fence, and its reference is the job', async () => {
    const before = await bench.marks('db1');
    const context = contextOf();
    const result = await salt.dispatch(orderOf('salt.state.highstate'), context);
    expect(result.targets).toEqual([
      { id: 'db1', outcome: 'succeeded', detail: '1 state applied', fenced: true },
    ]);
    expect(result.outcome).toBe('succeeded');
    expect(await bench.marks('db1')).toBe(before + 1);
    expect(context.references).toEqual([expect.stringMatching(/^\d{20}$/)]);
  });

  it('fails when one state failed, and says which and why', async () => {
    const order = orderOf('salt.state.apply', { arguments: { states: 'broken' } });
    const result = await salt.dispatch(order, contextOf());
    expect(result.outcome).toBe('failed');
    expect(result.summary).toContain('1 of 2 states failed: broken: cmd.run failed with retcode 1');
  });

  it('fails when there is no such state', async () => {
    const order = orderOf('salt.state.apply', { arguments: { states: ['no_such_state'] } });
    const result = await salt.dispatch(order, contextOf());
    expect(result.outcome).toBe('failed');
    expect(result.summary).toContain('no state was applied');
  });

  it('fails where the minion has no such function', async () => {
    const result = await salt.dispatch(orderOf('salt.state.highstate', { targets: ['bare1'] }), contextOf());
    expect(result.outcome).toBe('failed');
    expect(result.summary).toMatch(/'state\.highstate' is not available/);
  });

  it('that only rehearses says what it would change, changes nothing, and fails where it cannot', async () => {
    const before = await bench.marks('db1');
    const order = orderOf('salt.state.test', { arguments: { states: ['mark'] } });
    const result = await salt.dispatch(order, contextOf());
    expect(result.targets).toEqual([
      { id: 'db1', outcome: 'succeeded', detail: '1 of 1 states would change something', fenced: true },
    ]);
    expect(await bench.marks('db1')).toBe(before);
    const missing = orderOf('salt.state.test', { arguments: { states: ['no_such_state'] } });
    expect((await salt.dispatch(missing, contextOf())).outcome).toBe('failed');
  });

  it('is rehearsed before it is ordered, without an order, and the answer names no value of a state', async () => {
    const before = await bench.marks('db1');
    const failing = [{ node: 'one', target: 'db1' }];
    const rehearse = (action: string, given: Record<string, unknown>) =>
      salt.resolve(
        request({ action, failing, dryRun: { arguments: given, withinMs: 20_000, never: ['m*k'] } }),
        never,
      );
    const highstate = await rehearse('salt.state.highstate', {});
    const missing = await rehearse('salt.state.apply', { states: ['no_such_state'] });
    expect(highstate.predictions).toEqual([
      {
        id: 'db1',
        count: 1,
        changes: [{ name: 'mark', detail: 'cmd.run: cmd', forbidden: true }],
        digest: expect.any(String),
      },
    ]);
    expect(missing.predictions).toMatchObject([
      { id: 'db1', problem: expect.stringContaining('no_such_state') },
    ]);
    expect(await bench.marks('db1')).toBe(before);
  });

  it('of a command that is its own id tells neither the id nor the command, rehearsed or run', async () => {
    const given = { states: ['loads'] };
    const dryRun = { arguments: given, withinMs: 20_000, never: ['*hunter2*'] };
    const failing = [{ node: 'one', target: 'db1' }];
    const asked = request({ action: 'salt.state.apply', failing, dryRun });
    const { predictions } = await salt.resolve(asked, never);
    const result = await salt.dispatch(orderOf('salt.state.apply', { arguments: given }), contextOf());
    const shown = `cmd.run (id not shown, #${hash('sha256', secretCommand).slice(0, 4)})`;
    expect(predictions?.[0]?.changes[0]).toEqual({ name: shown, detail: 'cmd.run: cmd', forbidden: true });
    expect(result.summary).toContain(
      `2 of 2 states failed: ${shown}: cmd.run failed with retcode 3; after: a state that it requires failed`,
    );
    expect(JSON.stringify([predictions, result])).not.toContain('hunter2');
  });

  it('that Salt would run but the minion does not allow is refused, and did not run', async () => {
    const order = orderOf('salt.state.apply', { arguments: { states: ['slow'] } });
    const result = await salt.dispatch(order, contextOf());
    expect(result.targets[0]).toMatchObject({ outcome: 'refused', fenced: true });
    expect(result.outcome).toBe('failed');
  });
});

describe('a minion without prunella.apply', () => {
  it('gets the plain function, and the attempt says that it was not fenced', async () => {
    const before = await bench.marks('plain1');
    const result = await salt.dispatch(
      orderOf('salt.state.highstate', { targets: ['plain1', 'db1'] }),
      contextOf(),
    );
    expect(result.outcome).toBe('succeeded');
    expect(result.targets.map(({ id, fenced }) => [id, fenced])).toEqual([
      ['plain1', false],
      ['db1', true],
    ]);
    expect(await bench.marks('plain1')).toBe(before + 1);
  });

  it('gets nothing when the time of the order is over', async () => {
    const before = await bench.marks('plain1');
    const order = orderOf('salt.state.highstate', { targets: ['plain1'], notAfter: Date.now() - 1 });
    const result = await salt.dispatch(order, contextOf());
    expect(result).toMatchObject({ outcome: 'failed', neverSent: true });
    expect(await bench.marks('plain1')).toBe(before);
  });

  it('can be the rule: without fences nothing goes through the module', async () => {
    const plain = bench.api({ fences: 'none' });
    const result = await plain.dispatch(orderOf('salt.state.highstate'), contextOf());
    await plain.close();
    expect(plain.promises.fences).toBe(false);
    expect(result.targets).toMatchObject([{ id: 'db1', outcome: 'succeeded', fenced: false }]);
  });
});

describe('a service', () => {
  it('is restarted and then looked at', async () => {
    const before = await bench.lab.service('rethinkdb');
    const result = await salt.dispatch(orderOf('salt.service.restart'), contextOf());
    const after = await bench.lab.service('rethinkdb');
    expect(result.outcome).toBe('succeeded');
    expect(result.summary).toContain('service.status says it runs');
    expect(after.state).toBe('RUNNING');
    expect(after.pid).not.toBe(before.pid);
  });

  it('is restarted after a crash', async () => {
    await bench.lab.killService('rethinkdb');
    const result = await salt.dispatch(orderOf('salt.service.restart'), contextOf());
    expect(result.outcome).toBe('succeeded');
    expect((await bench.lab.service('rethinkdb')).state).toBe('RUNNING');
  });

  it('that does not exist is a failure', async () => {
    const order = orderOf('salt.service.restart', { arguments: { service: 'no-such-service' } });
    const result = await salt.dispatch(order, contextOf());
    expect(result.outcome).toBe('failed');
    expect(result.summary).toContain('service.restart returned false');
  });

  it('that ends as soon as it is started is a failure', async () => {
    const order = orderOf('salt.service.restart', { arguments: { service: 'fragile' } });
    expect((await salt.dispatch(order, contextOf())).outcome).toBe('failed');
  });

  it('that was stopped is seen not to run', async () => {
    const result = await salt.dispatch(orderOf('salt.service.stop'), contextOf());
    expect(result.summary).toContain('service.status says it does not run');
    expect(result.outcome).toBe('succeeded');
    expect((await bench.lab.service('rethinkdb')).state).toBe('STOPPED');
  });
});

describe('another state run under way on the minion', () => {
  it('is waited for within the time of the order, and then it runs once; else nothing was sent', async () => {
    const before = await bench.marks('db1');
    const other = bench.lab.run('db1', 'state.apply', ['slow']);
    const isBusy = async () => {
      const jobs = await bench.lab.run('db1', 'saltutil.is_running', ['state.*']);
      return Array.isArray(jobs) && jobs.length > 0;
    };
    await waitFor(isBusy, { what: 'the other state run', everyMs: 50 });
    const hasty = bench.api();
    const [short, long] = await Promise.all([
      hasty.dispatch(orderOf('salt.state.highstate', { notAfter: Date.now() + 900 }), contextOf()),
      salt.dispatch(orderOf('salt.state.highstate', { notAfter: Date.now() + 30_000 }), contextOf()),
    ]);
    await hasty.close();
    await other;
    expect(short).toMatchObject({ outcome: 'failed', neverSent: true });
    expect(short.summary).toContain('another state run was under way');
    expect(long.targets).toMatchObject([{ id: 'db1', outcome: 'succeeded', fenced: true }]);
    expect(await bench.marks('db1')).toBe(before + 1);
  });
});

describe('a command', () => {
  const command = (text: string, expected?: unknown) =>
    orderOf('salt.cmd.run', { arguments: { command: text, ...(expected ? { expect: expected } : {}) } });

  it('is run only as the configuration has it, and judged by its retcode and what the playbook expects', async () => {
    const listing = 'ls /no/such; id';
    const wide = bench.api({ commands: ['true', listing, 'id'] });
    const outcomes = [];
    for (const order of [
      command('true'),
      command(listing),
      command(listing, { retcode: 2, contains: 'No such file', lacks: 'uid=' }),
      command(listing, { retcode: 2, contains: 'uid=' }),
    ]) {
      outcomes.push((await wide.dispatch(order, contextOf())).outcome);
    }
    const notOnMinion = await wide.dispatch(command('id'), contextOf());
    await wide.close();
    expect(outcomes).toEqual(['succeeded', 'failed', 'succeeded', 'failed']);
    expect(notOnMinion.targets).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('allow') },
    ]);
    await expect(salt.dispatch(command('true'), contextOf())).rejects.toMatchObject({
      code: 'salt-argument',
      maybeTaken: false,
    });
  });

  it('of another module is a function, with its arguments by name', async () => {
    const exists = (path: string) =>
      orderOf('salt.function', { arguments: { function: 'file.file_exists', arguments: { path } } });
    expect((await salt.dispatch(exists('/etc/passwd'), contextOf())).outcome).toBe('succeeded');
    const missing = await salt.dispatch(exists('/no/such'), contextOf());
    expect(missing.outcome).toBe('failed');
    expect(missing.summary).toContain('returned false');
  });
});

aroundSaltApi(() => ({ bench, accounts }));

describe('after a crash', () => {
  it('an order is found by its metadata, with the permissions of the README', async () => {
    const order = orderOf('salt.state.highstate');
    await salt.dispatch(order, contextOf());
    expect(await salt.find(order, null, contextOf())).toMatchObject({
      found: 'ended',
      result: { outcome: 'succeeded' },
    });
  });
});

describe('orders at the same moment', () => {
  it('go one after the other on one minion', async () => {
    const before = await bench.marks('db1');
    const results = await Promise.all(
      [1, 2, 3].map(() =>
        salt.dispatch(orderOf('salt.state.highstate', { notAfter: Date.now() + 50_000 }), contextOf()),
      ),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await bench.marks('db1')).toBe(before + 3);
  });

  it('that overtake each other are refused at the target', async () => {
    const two = bench.api();
    const old = orderOf('salt.state.highstate');
    expect((await salt.dispatch(orderOf('salt.state.highstate'), contextOf())).outcome).toBe('succeeded');
    const result = await two.dispatch(old, contextOf());
    await two.close();
    expect(result.targets).toMatchObject([{ outcome: 'refused', fenced: true }]);
    expect(result.summary).toContain('overtaken');
  });
});
