import type { LogEntry } from '@prunella/core';
import { waitFor } from '@prunella/labs';
import { createParser } from 'eventsource-parser';
import { expect, onTestFinished, test } from 'vitest';
import { emptyLedger } from '../../src/engine/ledger.ts';
import { createServer } from '../../src/server/create-server.ts';
import type { Store } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { EngineUnderTest, resource } from '../engine/engine-under-test.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { wellHealth } from './well-health.ts';

/** The same numbers for the same seed, 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A store whose disk refuses now and then, and whose reads take a moment in which more is written. */
function unreliable(store: Store, random: () => number): Store {
  return {
    load: () => store.load(),
    hasSignal: (key) => store.hasSignal(key),
    incidents: (query) => store.incidents(query),
    close: () => store.close(),
    async commit(transaction) {
      const fate = random();
      if (fate < 0.2) throw new StoreError('store-full', 'the disk is full');
      if (fate < 0.3) throw new StoreError('store-not-json', 'as if one of them were not JSON');
      return store.commit(transaction);
    },
    async read(query) {
      await turns(random() * 20);
      const page = await store.read(query);
      await turns(random() * 20);
      return page;
    },
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((next) => setImmediate(next));
}

function readStream(address: string, from: number | null) {
  const client = new AbortController();
  const entries: LogEntry[] = [];
  const parser = createParser({ onEvent: (event) => entries.push(JSON.parse(event.data)) });
  void (async () => {
    const response = await fetch(`${address}/v1/log/stream`, {
      signal: client.signal,
      headers: { authorization: 'Bearer operator', ...(from === null ? {} : { 'last-event-id': `${from}` }) },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  })().catch(() => {});
  onTestFinished(() => client.abort());
  return { from, entries };
}

test.each([1, 2, 3, 4])(
  'each reader of the log hears every entry once and in order, whatever the disk refuses (seed %i)',
  async (seed) => {
    const random = randomFrom(seed);
    let isReliable = true;
    const under = await EngineUnderTest.start({
      folder: await temporaryFolder(),
      wrapStore: (store) => unreliable(store, () => (isReliable ? 1 : random())),
    });
    const { engine, clock } = under;
    const heard: LogEntry[] = [];
    engine.onLog((entry) => heard.push(entry));
    const server = createServer(engine, {
      access: { type: 'tokens', tokens: [{ name: 'anna', role: 'operator', token: 'operator' }] },
      facts: () => ({
        version: '0',
        pid: 1,
        address: null,
        startedAt: 0,
        configuration: { since: 0, refused: null },
        sources: {},
        health: wellHealth,
        ledger: emptyLedger,
      }),
    });
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close());
    const [before] = (await engine.log({ limit: 1_000 })).slice(-1);

    isReliable = false;
    const streams = [];
    for (let round = 0; round < 60; round += 1) {
      under.database(random() < 0.5);
      for (const name of ['a', 'b', 'c']) under.report(name, random() < 0.5 ? 'ok' : 'down');
      if (random() < 0.3) {
        const id = `s${round}`;
        const signal = { id, source: 'test', type: 'process.exit', resource, summary: 'exited' };
        void engine.signal({ ...signal, status: 'firing' }).catch(() => {});
      }
      if (round % 10 === 5) streams.push(readStream(address, Math.floor(random() * heard.length)));
      if (round % 20 === 7) streams.push(readStream(address, null));
      for (const sent of under.backend.sent.splice(0)) {
        sent.end({ outcome: 'succeeded', summary: 'done', targets: [] });
      }
      await clock.advance(1_000);
    }
    isReliable = true;
    await clock.advance(5_000);

    const written = await engine.log({ limit: 1_000 });
    const sequences = (entries: readonly LogEntry[]) => entries.map(({ sequence }) => sequence);
    expect(written.length).toBeGreaterThan(50);
    expect(heard).toEqual(written.filter(({ sequence }) => sequence > (before?.sequence ?? 0)));
    for (const { from, entries } of streams) {
      await waitFor(() => entries.at(-1)?.sequence === written.at(-1)?.sequence, {
        what: 'the newest entry',
      });
      const first = from === null ? entries[0]?.sequence : from + 1;
      expect(sequences(entries)).toEqual(sequences(written).filter((sequence) => sequence >= (first ?? 0)));
    }
  },
);
