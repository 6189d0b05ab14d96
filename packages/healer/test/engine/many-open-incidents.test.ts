import { defaultFleetSettings, parsePlaybook } from '@prunella/core';
import { expect, it } from 'vitest';
import type { EngineResource } from '../../src/engine/options.ts';
import type { Store, Transaction } from '../../src/store/store.ts';
import { storeWith } from '../store/store-with.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest } from './engine-under-test.ts';

const playbook = `
playbook: exits
for: app/*
open: { confirm: none, signals: [process.exit], graceAfterStart: 0s, quorum: { hosts: 1 } }
limits: { disruptivePerFleetHour: 100000 }
ladder:
  - { action: stand-in.apply, autonomy: auto, every: 1h, max: 1, deadline: 10s, window: 20s, soak: 1s }
`;

const many = 100_000;
const unbounded = {
  ...defaultFleetSettings,
  concurrency: many,
  disruptedDomains: many,
  storm: { ...defaultFleetSettings.storm, incidents: many, share: 1, leastResources: many },
};

const resourceOf = (number: number): EngineResource => ({
  facts: {
    resource: `app/${number}`,
    nodes: [{ name: 'one', target: `minion${number}` }],
    labels: {},
  },
  probes: [],
});

interface Written {
  readonly transactions: number;
  readonly states: number;
  readonly bytes: number;
}

/** What one more signal has written by the time that its order goes out, with so many attempts under way before it. */
async function writtenForOne(openIncidents: number): Promise<Written> {
  const written: Transaction[] = [];
  const wrapStore = (store: Store) =>
    storeWith(store, {
      commit: (transaction) => {
        written.push(transaction);
        return store.commit(transaction);
      },
    });
  const test = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    wrapStore,
    engine: {
      playbooks: parsePlaybook(playbook, 'exits.yaml').playbooks,
      resources: Array.from({ length: openIncidents + 1 }, (_, number) => resourceOf(100 + number)),
      settings: { fleet: unbounded, backendConcurrency: { 'stand-in': many } },
    },
  });
  const sent = async (count: number) => {
    await test.clock.advance(0);
    expect(test.backend.sent).toHaveLength(count);
  };
  const signal = (number: number) => {
    const resource = `app/${100 + number}`;
    const [id, summary, status] = [resource, 'gone', 'firing'] as const;
    const type = 'process.exit';
    return test.engine.signal({ id, source: 'supervisor', type, resource, node: 'one', status, summary });
  };
  await Promise.all(Array.from({ length: openIncidents }, (_, number) => signal(number)));
  await sent(openIncidents);
  written.length = 0;
  await signal(openIncidents);
  await sent(openIncidents + 1);
  const states = written.flatMap((each) => [...each.states]);
  return {
    transactions: written.length,
    states: states.length,
    bytes: JSON.stringify(written.map((each) => ({ ...each, states: [...each.states] }))).length,
  };
}

it('one signal writes with two hundred attempts under way what it writes with two', async () => {
  const few = await writtenForOne(2);
  const more = await writtenForOne(200);
  expect({ transactions: more.transactions, states: more.states }).toEqual({
    transactions: few.transactions,
    states: few.states,
  });
  // Numbers have a digit or two more.
  expect(more.bytes).toBeLessThan(few.bytes * 1.02);
});
