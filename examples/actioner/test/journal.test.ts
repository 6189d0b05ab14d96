import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type LabPostgres, startPostgres } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Told } from '../src/tell.ts';
import { type Program, startProgram } from './processes.ts';

let folder: string;
let database: LabPostgres;
const programs: Program<unknown>[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-actioner-journal-'));
  database = await startPostgres({ folder: join(folder, 'postgres') });
}, 60_000);

afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL');
  await Promise.all(programs.splice(0).map((program) => program.ended));
});

afterAll(async () => {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

function start<Line>(...parameters: Parameters<typeof startProgram>): Program<Line> {
  const program = startProgram<Line>(...parameters);
  programs.push(program);
  return program;
}

async function failcount(): Promise<number | undefined> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    return (await client.query<{ failcount: number }>('select failcount from monitors')).rows[0]?.failcount;
  } finally {
    await client.end();
  }
}

it('counts that an actioner kept in its journal survive its death and reach the database', {
  timeout: 90_000,
}, async () => {
  const databaseArgs = ['--database', database.connectionString];
  expect(
    await start('prepare-database', [...databaseArgs, '--monitors', '1', '--trigger', '1000']).ended,
  ).toBe(0);
  const address = `tcp://127.0.0.1:${await freePort()}`;
  const times = ['--deadline-ms', '1000', '--retry-ms', '200'];
  const journal = ['--journal', join(folder, 'counts.db')];
  const startActioner = () =>
    start<Told>('main', ['--json', '--results', address, ...databaseArgs, ...journal, ...times]);
  const handled = ({ lines }: Program<Told>) => lines.filter((line) => line.type === 'handled');
  const send = async (count: number) => {
    const rate = ['--rate', '200', '--count', String(count), '--monitors', '1'];
    const sender = start('send-results', ['--json', '--bind', address, ...rate]);
    expect(await sender.ended, sender.errors.join('')).toBe(0);
  };

  const first = startActioner();
  await send(20);
  await expect.poll(() => handled(first).length, { timeout: 20_000 }).toBe(20);
  database.kill('SIGKILL');
  await database.exited();
  await send(20);
  await expect.poll(() => handled(first).length, { timeout: 20_000 }).toBe(40);
  first.kill('SIGKILL');
  await first.ended;

  const second = startActioner();
  await send(10);
  await expect.poll(() => handled(second).length, { timeout: 20_000 }).toBe(10);
  expect(
    handled(second).every((line) => line.pending),
    second.errors.join(''),
  ).toBe(true);
  await database.restart();
  // The first result began the count at 0.
  await expect.poll(failcount, { timeout: 20_000 }).toBe(49);
  second.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(second.lines.at(-1)).toMatchObject({ type: 'stopped', lostWrites: 0, keptWrites: 0 });
});
