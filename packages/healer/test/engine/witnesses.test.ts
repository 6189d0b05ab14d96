import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LogEntry } from '@prunella/core';
import type { Condition } from '@prunella/protocol';
import { describe, expect, it } from 'vitest';
import { databaseFileName } from '../../src/store/sqlite-store.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest } from './engine-under-test.ts';

const allOk = { a: 'ok', b: 'ok', c: 'ok' } as const;
const twoDown = { a: 'down', b: 'down', c: 'ok' } as const;

async function logOf(test: EngineUnderTest): Promise<readonly LogEntry[]> {
  const [incident] = await test.engine.incidents({ limit: 1 });
  if (incident === undefined) throw new Error('no incident has opened');
  return test.engine.log({ incident: incident.incident, limit: 1_000 });
}

/** What the incident's log tells of one instance. */
function laneOf(log: readonly LogEntry[], name: string): readonly string[] {
  return log.flatMap(({ event }) =>
    event.type === 'instances-changed'
      ? event.instances.flatMap(({ instance, condition }) =>
          instance.endsWith(`/${name}`) ? [condition] : [],
        )
      : [],
  );
}

/** An open incident that a person is to approve a step of. */
async function opened(folder: string): Promise<EngineUnderTest> {
  const test = await EngineUnderTest.start({ folder, autonomy: 'ask' });
  await test.pass(3, allOk);
  test.database(false);
  await test.pass(6, twoDown);
  return test;
}

describe("an incident's log on disk", () => {
  it('tells what each instance saw, through a restart of the healer in the middle', async () => {
    const folder = await temporaryFolder();
    const before = await opened(folder);
    expect(laneOf(await logOf(before), 'a')).toEqual(['down']);
    await before.stop();

    const after = await EngineUnderTest.start({ folder, clock: before.clock, autonomy: 'ask', isUp: false });
    await after.pass(2, { a: 'down', b: 'degraded', c: 'ok' });
    after.database(true);
    await after.pass(8, allOk);
    const log = await logOf(after);
    expect(log.at(-1)?.event.type).toBe('incident-closed');
    expect(laneOf(log, 'a')).toEqual(['down', 'down', 'ok']);
    expect(laneOf(log, 'b')).toEqual(['down', 'degraded', 'ok']);
    expect(laneOf(log, 'c')).toEqual(['ok', 'ok']);
    const sequences = log.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((left, right) => left - right));
  });

  it('is not written to after its closing, and tells of that time once it relapses', async () => {
    const test = await opened(await temporaryFolder());
    test.database(true);
    await test.pass(8, allOk);
    const closed = await logOf(test);
    expect(closed.at(-1)?.event.type).toBe('incident-closed');
    await test.pass(3, { ...allOk, c: 'down' });
    await test.pass(3, allOk);
    expect(await logOf(test)).toEqual(closed);
    test.database(false);
    await test.pass(6, twoDown);
    const log = await logOf(test);
    expect(log.map(({ event }) => event.type)).toContain('incident-reopened');
    expect(laneOf(log, 'c')).toEqual(['ok', 'down', 'ok']);
  });

  it('holds two instances that change places within one moment, though all counts stay as they were', async () => {
    const test = await opened(await temporaryFolder());
    const { length } = await logOf(test);
    test.report('a', 'ok');
    test.report('c', 'down');
    await test.clock.advance(100);
    const added = (await logOf(test)).slice(length);
    expect(laneOf(added, 'a')).toEqual(['ok']);
    expect(laneOf(added, 'c')).toEqual(['down']);
  });

  it('takes no more room with thousands of instances that flap than with twenty', async () => {
    const folder = await temporaryFolder();
    const test = await EngineUnderTest.start({ folder, autonomy: 'ask' });
    const names = Array.from({ length: 5_000 }, (_, index) => `instance-${index}`);
    const all = (condition: Condition) => names.map((name): [string, Condition] => [name, condition]);
    await test.pass(2, Object.fromEntries(all('ok')));
    test.database(false);
    for (let round = 0; round < 5; round += 1) await test.pass(1, Object.fromEntries(all('down')));
    const told = async () =>
      (await logOf(test)).flatMap(({ event }) => (event.type === 'instances-changed' ? [event] : []));
    const changesTold = async () => (await told()).flatMap(({ instances }) => instances);
    const named = (await changesTold()).map(({ instance }) => instance.replace('actioner/one/', ''));
    expect(named).toHaveLength(20);
    const flap = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        for (const name of named) test.report(name, round % 2 === 0 ? 'degraded' : 'down');
        await test.clock.advance(50);
      }
    };
    // While one commit is being written several rounds may become one.
    for (let turn = 0; turn < 50 && (await changesTold()).length < 20 * 32; turn += 1) await flap(10);
    await flap(20);
    const changes = await changesTold();
    expect(new Set(changes.map(({ instance }) => instance)).size).toBe(20);
    expect(changes).toHaveLength(20 * 32);
    expect((await told())[0]?.others).toEqual({ observers: 4_980, sick: 4_980 });
    // The figures of docs/design/instances-in-the-log.md.
    expect(JSON.stringify(await told()).length).toBeLessThan(120_000);
    const database = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
    const [state] = database
      .prepare(`SELECT length(state) AS size FROM states WHERE key LIKE 'resource/%'`)
      .all();
    database.close();
    expect(Number(state?.['size'])).toBeLessThan(40_000);
  });
});
