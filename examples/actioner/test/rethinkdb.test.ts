import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabService, startRethinkdb } from '@prunella/labs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRethinkdbStore } from '../src/rethinkdb-store.ts';
import { type OneActioner, startOneActioner } from './one-actioner.ts';

let folder: string;
let database: LabService;
let actioner: OneActioner;
let databases = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-actioner-'));
  database = await startRethinkdb({ folder });
}, 60_000);

afterEach(async () => {
  database.kill('SIGCONT');
  await actioner.end();
});

afterAll(async () => {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

/** On a database of its own. */
async function start(): Promise<void> {
  databases += 1;
  const url = `rethinkdb://127.0.0.1:${database.port}/runbook_${databases}`;
  actioner = await startOneActioner(openRethinkdbStore(url, 'main'), { deadlineMs: 500 });
}

describe('an actioner on RethinkDB (a stand-in, where there is no real one)', { timeout: 30_000 }, () => {
  it('counts in the database', async () => {
    await start();
    await actioner.handle();
    expect(await actioner.handle()).toMatchObject({ failcount: 2, cacheOnly: false, pending: false });
    expect(await actioner.handle('healthy')).toMatchObject({ failcount: 0 });
    expect(await actioner.stored()).toMatchObject({ id: 'web-1', status: 'healthy', failcount: 0 });
  });

  it('counts a result that comes twice once', async () => {
    await start();
    const result = { id: 'twice', cid: 'web-1', status: 'failed', at: Date.now() } as const;
    await actioner.handleResult(result);
    await actioner.handleResult(result);
    expect(await actioner.stored()).toMatchObject({ failcount: 1 });
  });

  it('runs a reaction once, from its trigger on', async () => {
    await start();
    for (let times = 0; times < 7; times += 1) await actioner.handle();
    expect(actioner.ofType('reaction')).toMatchObject([{ reaction: 'tell', failcount: 5 }]);
  });

  it('goes on from its cache while the database is stalled, and every count reaches it, once', async () => {
    await start();
    await actioner.handle();
    database.kill('SIGSTOP');
    let last = await actioner.handle();
    while (last.failcount !== 8) last = await actioner.handle();
    expect(last).toMatchObject({ cacheOnly: true, pending: true });
    expect(actioner.ofType('reaction')).toMatchObject([{ failcount: 5, cacheOnly: true }]);
    database.kill('SIGCONT');
    await expect.poll(() => actioner.writes.waiting, { timeout: 10_000 }).toBe(0);
    expect(await actioner.stored()).toMatchObject({ failcount: 8 });
    expect(await actioner.handle()).toMatchObject({ failcount: 9, cacheOnly: false, pending: false });
    expect(actioner.ofType('lost')).toEqual([]);
  });

  it('goes on from its cache while the database is killed', async () => {
    await start();
    await actioner.handle();
    database.kill('SIGKILL');
    await database.exited();
    while ((await actioner.handle()).failcount !== 6);
    expect(actioner.ofType('reaction')).toMatchObject([{ failcount: 5, cacheOnly: true }]);
    await database.restart();
  });
});
