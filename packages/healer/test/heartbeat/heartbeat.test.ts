import { waitFor } from '@prunella/labs';
import { expect, onTestFinished, test } from 'vitest';
import { Watch } from '../../src/healer/watch.ts';
import { watchedStore } from '../../src/healer/watched-store.ts';
import type { HeartbeatSettings } from '../../src/heartbeat/configuration.ts';
import { SourceCounts } from '../../src/sources/source-counts.ts';
import { SourceDesk } from '../../src/sources/source-desk.ts';
import type { HealerStore } from '../../src/store/sqlite-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { EngineUnderTest } from '../engine/engine-under-test.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { receiver } from './receiver.ts';

const minute = 60_000;

/** A real engine on a real store whose disk refuses when told to, watched as a healer watches it. */
async function watched(heartbeat: Partial<HeartbeatSettings>, environment: Record<string, string> = {}) {
  const disk = { isFull: false };
  const faults: string[] = [];
  const settings = { method: 'GET' as const, everyMs: minute, timeoutMs: 2_000, ...heartbeat };
  let watch: Watch | undefined;
  const under = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    wrapStore: (store) => {
      // Only what a `Store` has is used.
      const full = { ...methodsOf(store as HealerStore) };
      full.commit = async (transaction) => {
        if (disk.isFull) throw new StoreError('store-full', 'the disk is full');
        return store.commit(transaction);
      };
      return watchedStore(full, {
        onCommit: (durationS) => watch?.store.onCommit(durationS),
        onFailure: () => watch?.store.onFailure(),
      });
    },
  });
  watch = new Watch({
    plan: () => ({ configuration: { heartbeat: settings, outgoing: { allow: [] } } }),
    environment,
    clock: under.clock,
    standing: () => ({ since: 0, refused: null }),
    onFault: (error, doing) =>
      faults.push(`${doing}: ${error instanceof Error ? error.message : String(error)}`),
  });
  await watch.start(under.engine, under.store, {
    backends: [under.backend],
    desk: new SourceDesk({}, new SourceCounts()),
  });
  onTestFinished(() => watch.stop());
  return { watch, under, disk, faults };
}

function methodsOf(store: HealerStore): { -readonly [Key in keyof HealerStore]: HealerStore[Key] } {
  return {
    access: store.access,
    answers: store.answers,
    load: () => store.load(),
    read: (query) => store.read(query),
    hasSignal: (key) => store.hasSignal(key),
    incidents: (query) => store.incidents(query),
    close: () => store.close(),
    commit: (transaction) => store.commit(transaction),
  };
}

test('a healer that does nothing sends a heartbeat on every cycle', async () => {
  const { asked, url } = await receiver();
  const { watch, under } = await watched({ url });
  await waitFor(() => asked.length === 1, { what: 'the first, at the start' });
  await waitFor(() => watch.standing().heartbeat.lastSentAt !== null, { what: 'it to be seen as sent' });
  await under.clock.advance(minute);
  await waitFor(() => asked.length === 2, { what: 'the second' });
  expect(asked[1]).toEqual({ method: 'GET', path: '/ping/secret-id', body: '' });
  expect(watch.standing()).toMatchObject({ healthy: true, heartbeat: { configured: true, failure: null } });
  expect(await watch.text()).toContain('prunella_heartbeats_total{result="sent"}');
});

test('the address may be a secret, and a POST says the version', async () => {
  const { asked, url } = await receiver();
  await watched({ url: { environment: 'HEARTBEAT_URL' }, method: 'POST' }, { HEARTBEAT_URL: url });
  await waitFor(() => asked.length === 1, { what: 'the first' });
  expect(asked[0]?.method).toBe('POST');
  expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ healer: 'prunella', at: expect.any(Number) });
});

test('none is sent while the store cannot be written, and they go on when it can', async () => {
  const { asked, url } = await receiver();
  const { watch, under, disk, faults } = await watched({ url });
  await waitFor(() => watch.standing().heartbeat.lastSentAt !== null, { what: 'the first' });
  const { lastHealthyAt } = watch.standing();
  disk.isFull = true;
  for (let cycle = 0; cycle < 5; cycle += 1) await under.clock.advance(minute);
  expect(asked).toHaveLength(1);
  expect(watch.standing()).toMatchObject({ healthy: false, lastHealthyAt });
  expect(await watch.text()).toMatch(/^prunella_ready 0$/m);
  // Once, and not in each cycle.
  expect(faults.filter((fault) => fault.includes('the disk is full'))).toHaveLength(1);
  disk.isFull = false;
  await under.clock.advance(minute);
  await waitFor(() => asked.length === 2, { what: 'the next' });
  expect(watch.standing().healthy).toBe(true);
});

test('a decision that could not be written makes a healer unhealthy at once', async () => {
  const { watch, under, disk } = await watched({});
  expect(watch.isHealthy).toBe(true);
  disk.isFull = true;
  await under.engine.pause('anna', 'a storm').catch(() => {});
  expect(watch.isHealthy).toBe(false);
  disk.isFull = false;
  await under.clock.advance(10_000);
  await waitFor(() => watch.isHealthy, { what: 'it to be well again, well before the next cycle' });
});

test('heartbeats that are further apart change nothing about how soon a fault is seen', async () => {
  const { asked, url } = await receiver();
  const { watch, under, disk } = await watched({ url, everyMs: 10 * minute });
  await waitFor(() => watch.standing().heartbeat.lastSentAt !== null, { what: 'the first' });
  const before = watch.lastHealthyAt ?? 0;
  for (let passed = 1; passed <= 9; passed += 1) {
    await under.clock.advance(minute);
    await waitFor(() => watch.lastHealthyAt === before + passed * minute, { what: `cycle ${passed}` });
  }
  expect(asked).toHaveLength(1);
  await under.clock.advance(minute);
  await waitFor(() => asked.length === 2, { what: 'the second' });
  disk.isFull = true;
  await under.clock.advance(minute);
  await waitFor(() => !watch.isHealthy, { what: 'the fault to be seen' });
});

test('doubts that come again and again do not put the next look off', async () => {
  const { watch, under } = await watched({});
  const before = watch.lastHealthyAt ?? 0;
  for (let second = 0; second < 12; second += 1) {
    watch.store.onFailure();
    await under.clock.advance(1_000);
  }
  await waitFor(() => (watch.lastHealthyAt ?? 0) > before, { what: 'a look' });
});

test.each([
  ['refuses', 500],
  ['sends elsewhere, where nobody follows', 301],
  ['never answers', null],
])('a receiver that %s disturbs nothing, and is shown without its address', async (_, status) => {
  const { answer, url } = await receiver();
  answer.status = status;
  // By the real time, in which a busy machine must bring the request to the receiver.
  const { watch, under, faults } = await watched({ url, timeoutMs: 1_000 });
  await waitFor(() => watch.standing().heartbeat.failure !== null, { what: 'the failure to be seen' });
  expect(watch.standing()).toMatchObject({ healthy: true, heartbeat: { lastSentAt: null } });
  await under.engine.pause('anna', 'a storm');
  await under.clock.advance(minute);
  const inARow = async () => (await watch.text()).match(/^prunella_heartbeat_failures_in_a_row (\d+)$/m)?.[1];
  await waitFor(async () => (await inARow()) === '2', { what: 'the next to fail, too, all the same' });
  answer.status = 200;
  await under.clock.advance(minute);
  await waitFor(async () => (await inARow()) === '0', { what: 'one that was taken to end the row' });
  expect(faults).toHaveLength(1);
  expect(faults.join() + watch.standing().heartbeat.failure).not.toContain('secret-id');
});

test('without an address nobody is told, and the cycles go on', async () => {
  const { watch, under } = await watched({});
  const before = watch.lastHealthyAt ?? 0;
  await under.clock.advance(minute);
  await waitFor(() => watch.lastHealthyAt === before + minute, { what: 'the next cycle' });
  expect(watch.standing().heartbeat).toEqual({ configured: false, lastSentAt: null, failure: null });
});

test('a backend that does not answer is shown, and is asked at most once a minute', async () => {
  const { watch, under } = await watched({});
  let checks = 0;
  under.backend.check = async () => {
    checks += 1;
    return { ok: false, problem: 'nobody listens', remedy: 'start it' };
  };
  for (let read = 0; read < 3; read += 1) {
    expect(await watch.text()).toMatch(/^prunella_backend_up\{backend="stand-in"\} 0$/m);
  }
  expect(checks).toBe(1);
});
