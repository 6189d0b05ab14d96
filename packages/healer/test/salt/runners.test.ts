import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend, TargetRequest } from '../../src/backends/backend.ts';
import { contextOf, orderOf, type SaltBench, startBench } from './salt-bench.ts';

vi.setConfig({ testTimeout: 60_000 });

// No cloud can be had here: a driver of this test's own, under the real salt-cloud.
const driver = `
from salt import config
__virtualname__ = "standin"
def __virtual__():
    return __virtualname__
def get_configured_provider():
    return config.is_provider_configured(__opts__, __active_provider_name__ or __virtualname__, ())
def list_nodes():
    return {}
def list_nodes_full():
    return {}
def create(vm_):
    return {"id": vm_["name"], "state": "running"}
`;

let bench: SaltBench;
let salt: Backend;
let modules: string;

beforeAll(async () => {
  modules = await mkdtemp(join(tmpdir(), 'prunella-clouds-'));
  await mkdir(join(modules, 'clouds'));
  await writeFile(join(modules, 'clouds', 'standin.py'), driver);
  bench = await startBench({
    mode: 'api',
    // As salt/examples/master-api.conf says it.
    externalAuth: [
      'test.ping',
      {
        '@runner': [
          'jobs.list_jobs',
          'jobs.list_job',
          'state.orchestrate',
          'test.arg',
          'error.error',
          { 'salt.cmd': { args: ['cloud.profile'] } },
        ],
      },
    ],
  });
  const etc = join(bench.lab.folder, 'master', 'etc');
  for (const [folder, text] of [
    ['cloud.providers.d', 'mine:\n  driver: standin\n'],
    ['cloud.profiles.d', 'small:\n  provider: mine\n'],
  ] as const) {
    await mkdir(join(etc, folder), { recursive: true });
    await writeFile(join(etc, folder, 'one.conf'), text);
  }
  await writeFile(join(etc, 'cloud'), `extension_modules: ${modules}\n`);
  salt = bench.api({ runners: ['test.arg', 'error.error'] });
}, 180_000);

afterAll(async () => {
  await salt?.close();
  await bench?.stop();
  await rm(modules, { recursive: true, force: true });
});

const order = (action: string, given: Readonly<Record<string, unknown>>, targets = ['db1']) =>
  orderOf(action, { arguments: given, targets });

describe('an orchestration', () => {
  it('is told its targets and judged by its states, and is found again by its attempt', async () => {
    const one = order('salt.orchestrate', { states: 'grow' });
    const context = contextOf();
    const result = await salt.dispatch(one, context);
    expect(result).toMatchObject({ outcome: 'succeeded', targets: [{ id: 'db1', outcome: 'succeeded' }] });
    const found = await salt.find(one, null, contextOf());
    expect(found).toMatchObject({ found: 'running', reference: context.references[0] });
    if (found.found === 'running') expect(await found.result).toMatchObject({ outcome: 'succeeded' });
    const other = order('salt.orchestrate', { states: 'grow' });
    await expect(salt.find(other, null, contextOf())).rejects.toMatchObject({ code: 'salt-busy' });
    const late = { ...other, deadlineAt: Date.now() - 1 };
    expect(await salt.find(late, null, contextOf())).toMatchObject({ found: 'not-found' });
  });

  it('has failed where one of its states did, and where there is none', async () => {
    const stunted = await salt.dispatch(order('salt.orchestrate', { states: 'stunted' }), contextOf());
    expect(stunted).toMatchObject({ outcome: 'failed' });
    const none = await salt.dispatch(order('salt.orchestrate', { states: 'none' }), contextOf());
    expect(none).toMatchObject({ outcome: 'failed', summary: expect.stringContaining('No matching sls') });
  });
});

describe('a runner', () => {
  it('is judged by what it returns, as the step expects', async () => {
    const given = { function: 'test.arg', arguments: { a: 'x' }, expect: { at: 'kwargs.a', equals: 'x' } };
    expect(await salt.dispatch(order('salt.runner', given), contextOf())).toMatchObject({
      outcome: 'succeeded',
    });
    const wrong = { ...given, expect: { at: 'kwargs.a', equals: 'y' } };
    expect(await salt.dispatch(order('salt.runner', wrong), contextOf())).toMatchObject({
      outcome: 'failed',
    });
  });

  it('that throws has failed, with its error and no traceback', async () => {
    const given = { function: 'error.error', arguments: { name: 'Exception', message: 'no room' } };
    const result = await salt.dispatch(order('salt.runner', given), contextOf());
    expect(result).toMatchObject({ outcome: 'failed', summary: expect.stringContaining('no room') });
    expect(result.summary).not.toContain('Traceback');
  });
});

describe('a new server', () => {
  const request: TargetRequest = {
    resource: 'rethinkdb/main',
    action: 'salt.cloud.create',
    target: { select: 'expression', expression: 'db4', matcher: 'list' },
    failing: [],
    declared: [{ node: 'four', target: 'db4' }],
  };

  it('is the target that the playbook declares, and nobody asks it for a ping', async () => {
    expect(await salt.resolve(request, new AbortController().signal)).toEqual({
      resolved: true,
      targets: [{ id: 'db4', responding: null, node: 'four' }],
    });
  });

  it('is made, and a profile that there is not makes none although Salt calls it a success', async () => {
    const given = { profile: 'small', names: ['db4'] };
    const made = await salt.dispatch(order('salt.cloud.create', given, ['db4']), contextOf());
    expect(made).toMatchObject({ outcome: 'succeeded', summary: expect.stringContaining('made db4') });
    const none = await salt.dispatch(
      order('salt.cloud.create', { ...given, profile: 'none' }, ['db4']),
      contextOf(),
    );
    expect(none).toMatchObject({
      outcome: 'failed',
      summary: expect.stringContaining('none is not defined'),
    });
  });
});
