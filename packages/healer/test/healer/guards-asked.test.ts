import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attach, configureReporting, sayGoodbye } from '@prunella/guard';
import { overload } from '@prunella/guard/overload';
import { waitFor } from '@prunella/labs';
import { expect, test } from 'vitest';
import { startHealer } from '../../src/healer/start-healer.ts';
import { afterwards, incidentsAt, workshop } from './workshop.ts';

const configuration = `
server: { port: 0 }
resources: { map/main: {} }
timing: { reportHeartbeat: 100ms, reportHeartbeatOk: 200ms, graceAfterStart: 0s }
`;

const playbook = `
playbook: spare
for: map/*
open: { signals: [overloaded], confirm: none, graceAfterStart: 0s }
ladder:
  - { action: guard.shed, with: { for: 30s }, target: guards, autonomy: auto, window: 10s, soak: 200ms }
`;

test('a step can have the guards of a resource spare it, where their application allows that', async () => {
  const { configurationFile, store } = workshop({ configuration, playbook });
  const healer = await startHealer({ configurationFile });
  afterwards(() => healer.stop());
  const { address } = healer;
  if (address === null) throw new Error('no server');
  const token = readFileSync(join(store, 'tokens/reporter'), 'utf8').trim();
  configureReporting({
    service: 'shop',
    host: 'app1',
    healer: address,
    token,
    heartbeatOkMs: 200,
    heartbeatSickMs: 100,
    inTests: true,
  });
  afterwards(() => sayGoodbye());
  let isSick = false;
  const guard = attach(
    {
      driver: 'map',
      lease: () => ({ handle: {}, abandon() {}, waitsForOwnPool: () => false, end() {} }),
      classify: () => ({ kind: 'overloaded', outcomeUnknown: false, evict: false }),
      ping: async () => {},
    },
    { resource: 'map/main', deadlineMs: 500 },
  );
  afterwards(async () => {
    await guard.detach();
  });
  overload(guard, { maximumCalls: 10, maximumShedShare: 1 });
  const call = () =>
    guard.tryRun(async () => {
      if (isSick) throw new Error('busy');
    });
  expect((await call()).ok).toBe(true);
  isSick = true;
  await call();
  await signal(address, token);
  isSick = false;
  await waitFor(
    async () => {
      const outcome = await call();
      return !outcome.ok && outcome.fault.code === 'PRUNELLA_SHED';
    },
    { what: 'the guard to refuse calls' },
  );
  const attempts = async () => (await incidentsAt(healer.socket ?? '')).flatMap((one) => one.attempts);
  await waitFor(async () => (await attempts()).some(({ verdict }) => verdict !== null), {
    what: 'a verdict',
  });
  expect(await attempts()).toMatchObject([
    { action: 'guard.shed', targets: ['guards:map/main'], outcome: 'succeeded' },
  ]);
});

async function signal(address: string, token: string): Promise<void> {
  const body = {
    id: '1',
    source: 'test',
    type: 'overloaded',
    resource: 'map/main',
    status: 'firing',
    summary: 'busy',
  };
  const response = await fetch(`${address}/v1/signals`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.text()).toBe(202);
}
