import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findRedis,
  freePort,
  type LabPostgres,
  type LabRedis,
  startPostgres,
  startRedis,
} from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Told } from '../src/tell.ts';
import { type Program, startProgram } from './processes.ts';

let folder: string;
let database: LabPostgres;
let redis: LabRedis | null = null;
const programs: Program<unknown>[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-actioners-'));
  database = await startPostgres({ folder: join(folder, 'postgres') });
  if (findRedis() !== null) redis = await startRedis({ folder: join(folder, 'redis') });
}, 60_000);

afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL');
  await Promise.all(programs.splice(0).map((program) => program.ended));
});

afterAll(async () => {
  await Promise.all([database.stop(), redis?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

function start<Line>(...parameters: Parameters<typeof startProgram>): Program<Line> {
  const program = startProgram<Line>(...parameters);
  programs.push(program);
  return program;
}

async function query<Row extends object>(text: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

type SentLine =
  | { readonly type: 'sent'; readonly id: string }
  | { readonly type: 'done'; readonly sent: number };

const resultsInAll = 400;

describe('three actioners, one stream of results, the database killed in the middle', () => {
  it('lose none, tell each once, and run each reaction once', { timeout: 90_000 }, async () => {
    const databaseArgs = ['--database', database.connectionString];
    const prepared = start('prepare-database', [...databaseArgs, '--trigger', '40', '--frequency-s', '3600']);
    expect(await prepared.ended, prepared.errors.join('')).toBe(0);

    // Without Redis each actioner has its own monitors, with it they share all.
    const addresses = await Promise.all(
      Array.from({ length: redis === null ? 3 : 1 }, async () => `tcp://127.0.0.1:${await freePort()}`),
    );
    const times = ['--deadline-ms', '1000', '--retry-ms', '200'];
    const cache = redis === null ? [] : ['--redis', redis.url];
    const actioners = [0, 1, 2].map((index) => {
      const results = ['--results', addresses[index % addresses.length] ?? ''];
      return start<Told>('main', ['--json', ...results, ...databaseArgs, ...cache, ...times]);
    });
    const told = <Type extends Told['type']>(type: Type) =>
      actioners.flatMap(({ lines }) =>
        lines.filter((line): line is Extract<Told, { type: Type }> => line.type === type),
      );
    const errors = () => actioners.flatMap((actioner) => actioner.errors).join('');
    await expect.poll(() => errors() || told('started').length, { timeout: 20_000 }).toBe(3);

    const binds = addresses.flatMap((address) => ['--bind', address]);
    const rate = ['--rate', '100', '--count', String(resultsInAll)];
    const sender = start<SentLine>('send-results', ['--json', ...binds, ...rate]);
    await expect.poll(() => told('handled').length, { timeout: 20_000 }).toBeGreaterThan(100);
    database.kill('SIGKILL');
    await database.exited();
    const handledBefore = told('handled').length;
    await expect.poll(() => told('handled').length, { timeout: 20_000 }).toBeGreaterThan(handledBefore + 100);
    await database.restart();

    expect(await sender.ended, sender.errors.join('')).toBe(0);
    const sent = sender.lines.flatMap((line) => (line.type === 'sent' ? [line.id] : []));
    expect(sent).toHaveLength(resultsInAll);
    await expect.poll(() => told('handled').length, { timeout: 20_000 }).toBe(resultsInAll);
    expect(
      told('handled')
        .map((line) => line.id)
        .sort(),
    ).toEqual(sent.sort());
    expect(told('handled').filter((line) => line.cacheOnly).length).toBeGreaterThan(50);
    expect([...told('lost'), ...told('skipped')]).toEqual([]);

    await expect
      .poll(() => query('select count(*)::int as results from history'), { timeout: 20_000 })
      .toEqual([{ results: resultsInAll }]);
    // The first result of each monitor began its count at 0.
    expect(await query('select id, failcount from monitors order by id')).toEqual(
      [1, 2, 3, 4].map((number) => ({ id: `web-${number}`, failcount: resultsInAll / 4 - 1 })),
    );
    expect(
      told('reaction')
        .map((line) => line.reaction)
        .sort(),
    ).toEqual([1, 2, 3, 4].map((n) => `tell-web-${n}`));

    for (const actioner of actioners) actioner.kill('SIGTERM');
    expect(await Promise.all(actioners.map((actioner) => actioner.ended))).toEqual([0, 0, 0]);
    expect(told('stopped').map((line) => line.lostWrites)).toEqual([0, 0, 0]);
  });
});

describe('the programs of the example', () => {
  it('say what is missing and end with status 2', async () => {
    const program = start('main', ['--results', 'tcp://127.0.0.1:1']);
    expect(await program.ended).toBe(2);
    expect(program.errors.join('')).toBe('--database is missing: say where monitors are stored\n');
  });
});
