import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formulaFolder, installSalt, waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SaltBench, startBench } from './salt-bench.ts';

vi.setConfig({ testTimeout: 60_000 });

let bench: SaltBench;
let number = 0;

beforeAll(async () => {
  bench = await startBench({
    mode: 'api',
    minions: ['db1', 'db2'],
    pillar: {
      db2: {
        prunella: {
          allow: [{ function: 'test.echo', args: ['yes'] }],
          hooks: { secret_file: '/etc/salt/secret', signed: true, targets: ['db*'] },
        },
      },
    },
    allow: [
      { function: 'state.highstate' },
      { function: 'state.apply', args: [['slow', 'mark']] },
      { function: 'test.sleep', args: [[1, 10, 60]] },
    ],
  });
}, 180_000);

afterAll(async () => {
  await bench?.stop();
});

interface Order {
  readonly attempt: string;
  readonly function: string;
  readonly args: readonly unknown[];
  readonly fence: { readonly authority: string; readonly generation: number; readonly number: number };
  readonly not_after: number;
}

function order(functionName: string, args: readonly unknown[] = [], changes: Partial<Order> = {}): Order {
  number += 1;
  return {
    attempt: `attempt-${number}`,
    function: functionName,
    args,
    fence: { authority: 'test', generation: 1, number },
    not_after: Date.now() + 30_000,
    ...changes,
  };
}

const apply = (one: Order) => bench.lab.run('db1', 'prunella.apply', [], { ...one });
const look = (one: Order) =>
  bench.lab.run('db1', 'prunella.look', [], { attempt: one.attempt, fence: one.fence });
const recordsFolder = () => join(bench.lab.folder, 'minions/db1/var/lib/prunella/salt');

async function record(one: Order): Promise<{ status: string; pid: number } | null> {
  for (const name of await readdir(recordsFolder()).catch(() => [])) {
    // A file that is still being written is no record yet.
    if (!name.includes(String(one.fence.number).padStart(16, '0')) || !name.endsWith('.json')) continue;
    const text: unknown = JSON.parse(await readFile(join(recordsFolder(), name), 'utf8'));
    if (typeof text === 'object' && text && 'status' in text && 'pid' in text) {
      return { status: String(text.status), pid: Number(text.pid) };
    }
  }
  return null;
}

const begun = (one: Order) => waitFor(() => record(one), { what: 'the order to be written down' });

describe('the rules, one by one', () => {
  it.each(['test_prunella', 'test_on_disk', 'test_hook', 'test_minion'])('%s', async (module) => {
    const { binFolder } = await installSalt();
    const folder = join(formulaFolder, 'test');
    const environment = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    const python = spawnSync(join(binFolder, 'python'), ['-m', 'unittest', '-q', module], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
    });
    expect(python.status, python.stderr).toBe(0);
    expect(python.stderr).toMatch(/Ran [1-9]\d* tests/);
  });
});

describe('prunella.apply on a real minion', () => {
  it('comes to the minion with saltutil.sync_modules', async () => {
    const synced = await bench.lab.run('db1', 'saltutil.sync_modules');
    expect(synced).toEqual(expect.arrayContaining(['modules._prunella_records', 'modules.prunella']));
  });

  it('runs an order once, and answers it from its record afterwards', async () => {
    const before = await bench.marks('db1');
    const one = order('state.highstate');
    expect(await apply(one)).toMatchObject({ status: 'done', success: true });
    expect(await apply(one)).toMatchObject({ status: 'repeated', success: true });
    expect(await look(one)).toMatchObject({ status: 'done' });
    expect(await bench.marks('db1')).toBe(before + 1);
  });

  it('tells with an order which state runs of others are under way there, and none of its own', async () => {
    expect(await apply(order('state.apply', ['mark']))).toMatchObject({ status: 'done', state_runs: [] });
    const slow = bench.lab.run('db1', 'state.apply', ['slow']);
    const running = () => bench.lab.run('db1', 'saltutil.is_running', ['state.apply']);
    await waitFor(async () => JSON.stringify(await running()).includes('slow'), {
      what: 'the state run of somebody else',
    });
    const told = await apply(order('test.sleep', [1]));
    await slow;
    expect(told).toMatchObject({ status: 'done', state_runs: [{ fun: 'state.apply', user: 'lab' }] });
  });

  it('keeps its records outside of what Salt clears', async () => {
    const one = order('state.apply', ['mark']);
    await apply(one);
    await bench.lab.run('db1', 'saltutil.clear_cache');
    expect(await apply(one)).toMatchObject({ status: 'repeated' });
  });

  it('refuses what was overtaken, what is late, and what another installation orders', async () => {
    const before = await bench.marks('db1');
    const old = order('state.highstate');
    const other = { authority: 'other', generation: 9, number: 9 };
    await apply(order('test.sleep', [1]));
    expect(await apply(old)).toMatchObject({ status: 'refused', code: 'overtaken' });
    expect(await apply(order('state.highstate', [], { not_after: 1 }))).toMatchObject({ code: 'late' });
    expect(await apply(order('state.highstate', [], { fence: other }))).toMatchObject({
      code: 'other-authority',
    });
    expect(await bench.marks('db1')).toBe(before);
  });

  it('refuses what its list does not hold, whatever Salt itself would permit', async () => {
    expect(await apply(order('cmd.run', ['id']))).toMatchObject({ status: 'refused', code: 'not-allowed' });
    expect(await apply(order('test.sleep', [5]))).toMatchObject({ status: 'refused', code: 'not-allowed' });
    expect(await bench.lab.run('db1', 'cmd.run', ['echo yes'])).toBe('yes');
  });

  it('does not know a crashed order as done: it is unknown for ever, and the next one runs', async () => {
    const crashed = order('test.sleep', [60]);
    void apply(crashed).catch(() => {});
    const { pid } = await begun(crashed);
    process.kill(pid, 'SIGKILL');
    await waitFor(async () => ((await look(crashed)) as { status: string }).status === 'unknown', {
      what: 'the crash to be seen',
    });
    expect(await apply(crashed)).toMatchObject({ status: 'unknown', success: false });
    expect(await apply(order('state.apply', ['mark']))).toMatchObject({ status: 'done', success: true });
  });

  it('takes one order at a time, also of two that come in two processes', async () => {
    const first = order('test.sleep', [10]);
    const running = apply(first);
    await begun(first);
    const [other, same] = await Promise.all([apply(order('state.highstate')), apply(first)]);
    expect(other).toMatchObject({ status: 'refused', code: 'busy' });
    expect(same).toMatchObject({ status: 'running' });
    expect(await running).toMatchObject({ status: 'done' });
  });

  it('runs an order once that comes several times at the same moment', async () => {
    const before = await bench.marks('db1');
    const one = order('state.apply', ['mark']);
    const answers = await Promise.all([apply(one), apply(one), apply(one)]);
    const statuses = answers.map((answer) => (answer as { status: string }).status);
    expect(statuses.filter((status) => status === 'done')).toHaveLength(1);
    expect(statuses.filter((status) => !/^(?:done|running|repeated)$/.test(status))).toEqual([]);
    expect(await bench.marks('db1')).toBe(before + 1);
  });

  it('says no-history when its records are gone, and goes on from there', async () => {
    const before = order('state.apply', ['mark']);
    await apply(before);
    await rm(recordsFolder(), { recursive: true });
    expect(await look(before)).toMatchObject({ status: 'no-history' });
    expect(await apply(order('state.apply', ['mark']))).toMatchObject({
      status: 'done',
      history: 'no-history',
    });
    expect(await apply(order('state.apply', ['mark']))).toMatchObject({
      status: 'done',
      history: 'complete',
    });
  });
});

describe('the formula', () => {
  it('brings the folder of records and the list from pillar, which is obeyed at once', async () => {
    const answer = await bench.lab.run('db2', 'state.apply', ['prunella']);
    expect(Object.values(answer ?? {}).map(({ result }) => result)).toEqual([true, true, true]);
    const { mode } = await stat(join(bench.lab.folder, 'minions/db2/var/lib/prunella/salt'));
    expect(mode & 0o777).toBe(0o700);
    const one = { ...order('test.echo', ['yes']) };
    expect(await bench.lab.run('db2', 'prunella.apply', [], { ...one })).toMatchObject({
      status: 'done',
      return: 'yes',
    });
    const more = { ...order('state.highstate') };
    expect(await bench.lab.run('db2', 'prunella.apply', [], more)).toMatchObject({ code: 'not-allowed' });
    expect(await bench.lab.run('db2', 'prunella.status')).toMatchObject({ authority: 'test', stopped: null });
  });

  it('writes the reactor for a master from pillar, and says that it must be restarted', async () => {
    const answer = await bench.lab.run('db2', 'state.apply', ['prunella.master']);
    expect(Object.values(answer ?? {}).map(({ result }) => result)).toEqual([true, true]);
    const file = join(bench.lab.folder, 'minions/db2/etc', 'master.d/prunella-hooks.conf');
    const written: unknown = JSON.parse((await readFile(file, 'utf8')).replace(/^#.*\n/, ''));
    expect(written).toMatchObject({
      reactor: [
        { 'salt/netapi/hook/states/*': ['salt://prunella/reactor/hook.sls'] },
        { 'salt/netapi/hook/services/*': ['salt://prunella/reactor/hook.sls'] },
      ],
      prunella: { hooks: { signed: true, targets: ['db*'], services: [] } },
    });
  });
});

describe('a state run under prunella.apply and one of an operator', () => {
  const conflict = [expect.stringMatching(/The function "state\.apply" is running as PID/)];

  it('an operator cannot begin one in the middle of ours', async () => {
    const ours = order('state.apply', ['slow']);
    const running = apply(ours);
    await begun(ours);
    const operators = await bench.lab.run('db1', 'state.apply', ['mark']);
    expect(operators).toEqual(conflict);
    expect(await running).toMatchObject({ status: 'done', success: true });
    expect(await bench.lab.run('db1', 'state.apply', ['mark'])).not.toEqual(conflict);
  });

  it('ours does not begin in the middle of an operator’s, and can be ordered again afterwards', async () => {
    const operators = bench.lab.run('db1', 'state.apply', ['slow']);
    await waitFor(
      async () => {
        const running = await bench.lab.run('db1', 'saltutil.is_running', ['state.*']);
        return Array.isArray(running) && running.length > 0;
      },
      { what: 'the operator’s run to be under way' },
    );
    const ours = order('state.apply', ['mark']);
    expect(await apply(ours)).toMatchObject({ status: 'refused', code: 'state-running' });
    await operators;
    expect(await apply(ours)).toMatchObject({ status: 'done', success: true });
  });
});
