import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { examineHealth } from '../../src/doctor/examine-health.ts';
import { emptyLedger } from '../../src/engine/ledger.ts';
import { createServer } from '../../src/server/create-server.ts';
import type { HealthStanding } from '../../src/server/routes/health.ts';
import { StandInEngine } from '../server/stand-in-engine.ts';
import { wellHealth } from '../server/well-health.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

async function findingsOf(health: HealthStanding) {
  const server = createServer(new StandInEngine(), {
    access: { type: 'local' },
    facts: () => ({
      version: '0.0.0',
      pid: 1,
      startedAt: 0,
      address: null,
      configuration: { since: 0, refused: null },
      sources: {},
      health,
      ledger: emptyLedger,
    }),
  });
  const socketPath = join(await temporaryFolder(), 'healer.sock');
  await server.listen({ socketPath });
  onTestFinished(() => server.close());
  return examineHealth(socketPath, AbortSignal.timeout(10_000));
}

test('the doctor says that a healer works, and that nobody outside is told of it', async () => {
  expect(await findingsOf(wellHealth)).toMatchObject([
    { check: 'health', state: 'ok' },
    { check: 'heartbeat', state: 'ok', what: expect.stringContaining('none is configured') },
  ]);
});

test('the doctor says that a healer cannot write, and that its heartbeats do not arrive', async () => {
  const heartbeat = { configured: true, lastSentAt: 0, failure: 'the address of the heartbeat answered 500' };
  expect(await findingsOf({ healthy: false, lastHealthyAt: 0, heartbeat })).toMatchObject([
    { check: 'health', state: 'problem', what: expect.stringContaining('1970-01-01T00:00:00') },
    { check: 'heartbeat', state: 'problem', what: expect.stringContaining('answered 500') },
  ]);
});

test('a healer that does not answer is no healthy one', async () => {
  const nobody = join(await temporaryFolder(), 'healer.sock');
  expect(await examineHealth(nobody, AbortSignal.timeout(10_000))).toMatchObject([{ state: 'unknown' }]);
});
