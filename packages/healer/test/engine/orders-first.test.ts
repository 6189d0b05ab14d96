import { parsePlaybook } from '@prunella/core';
import { expect, it } from 'vitest';
import type { TargetRequest } from '../../src/backends/backend.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest } from './engine-under-test.ts';
import { StandInBackend } from './stand-in-backend.ts';

const { playbooks } = parsePlaybook(
  `
playbook: at-once
for: postgres/*
open: { signals: [process.exit], quorum: { hosts: 1 }, confirm: none, graceAfterStart: 0s }
ladder:
  - { action: stand-in.apply, autonomy: auto, every: 60s, deadline: 10s, window: 20s, soak: 2s }
limits: { disruptivePerFleetHour: 1000 }
`,
  'at-once.yaml',
);

/** More than a backend works on at one moment. */
const names = Array.from({ length: 25 }, (_, index) => `postgres/${index}`);

it('orders of signals that came together leave before anybody is told of them', async () => {
  const told: string[] = [];
  const backend = Object.assign(new StandInBackend(), {
    resolveAtOnce: ({ failing }: TargetRequest) => ({
      resolved: true,
      targets: failing.map(({ target }) => ({ id: target, responding: null })),
    }),
    dispatch: async () => {
      told.push('order');
      return { outcome: 'succeeded' as const, summary: 'done', targets: [] };
    },
  });
  const fleet = {
    concurrency: 100,
    disruptedDomains: 100,
    storm: { incidents: 1_000, withinMs: 300_000, share: 1, leastResources: 1_000 },
    isolation: { withinMs: 60_000, share: 1, leastResources: 1_000 },
  };
  const { engine, clock } = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    engine: {
      playbooks,
      backends: [backend],
      resources: names.map((resource) => ({
        facts: { resource, nodes: [{ name: 'node', target: `minion of ${resource}` }], labels: {} },
        probes: [],
      })),
      settings: { fleet },
    },
  });
  await clock.advance(1_000);
  engine.onLog(({ event }) => {
    if (event.type === 'attempt-intended') told.push('log');
  });
  const acknowledged = names.map(async (resource) => {
    const signal = { id: resource, source: 'runner', type: 'process.exit', resource, node: 'node' };
    const receipt = await engine.signal({ ...signal, status: 'firing', summary: 'the process exited' });
    expect(receipt).toEqual({ accepted: true, duplicate: false });
    told.push('sender');
  });
  await Promise.all(acknowledged);
  expect(told.slice(0, 10)).toEqual(Array(10).fill('order'));
  expect(told.lastIndexOf('order')).toBeLessThan(told.indexOf('sender'));
  expect(told.filter((each) => each === 'order')).toHaveLength(names.length);
});
