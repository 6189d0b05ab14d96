import { onTestFinished } from 'vitest';
import { createAccessRoom } from '../../src/access/access-room.ts';
import { systemClock } from '../../src/engine/clock.ts';
import { startEmbeddedEngine } from '../../src/engine/embedded-engine.ts';
import { Watch } from '../../src/healer/watch.ts';
import { watchedStore } from '../../src/healer/watched-store.ts';
import { createServer } from '../../src/server/create-server.ts';
import { SourceCounts } from '../../src/sources/source-counts.ts';
import { SourceDesk } from '../../src/sources/source-desk.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { playbooksUnderTest, resource } from '../engine/engine-under-test.ts';
import { StandInBackend } from '../engine/stand-in-backend.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { everyPart } from './every-part.ts';

export const tokensByRole = {
  reporter: 'reporter-secret',
  viewer: 'viewer-secret',
  operator: 'operator-secret',
  admin: 'admin-secret',
} as const;

/**
 * A server with every part over a real engine and a real store, by the clock of the machine; only the backend is a
 * stand-in. One incident is open, and its first step waits for a person.
 */
export async function realServer() {
  const configuration = {
    heartbeat: { method: 'GET' as const, everyMs: 60_000, timeoutMs: 1_000 },
    outgoing: { allow: [] },
  };
  const failures: unknown[] = [];
  const watch = new Watch({
    plan: () => ({ configuration }),
    environment: {},
    clock: undefined,
    standing: () => ({ since: 0, refused: null }),
    onFault: (error) => failures.push(error),
  });
  const opened = await openSqliteStore({ folder: await temporaryFolder(), now: Date.now });
  const store = watchedStore(opened, watch.store);
  const backend = new StandInBackend();
  const desk = new SourceDesk({}, new SourceCounts());
  const engine = await startEmbeddedEngine({
    store,
    playbooks: playbooksUnderTest('ask'),
    resources: [
      {
        facts: { resource, nodes: [{ name: 'db1', target: 'minion1' }], labels: {} },
        probes: [
          {
            node: 'db1',
            probe: {
              type: 'stand-in',
              run: async () => ({ passed: false, detail: 'refused', kind: 'unreachable' }),
            },
          },
        ],
      },
    ],
    backends: [backend],
    clock: systemClock,
    onFault: watch.onFault,
    onIntake: watch.onIntake,
  });
  await watch.start(engine, store, { backends: [backend], desk });
  const tokens = Object.entries(tokensByRole).map(([role, token]) => ({
    name: role,
    role: role as keyof typeof tokensByRole,
    token,
  }));
  const server = createServer(engine, {
    access: { type: 'tokens', tokens },
    // Whoever makes up requests makes up tokens, too; how that is slowed down has tests of its own.
    room: createAccessRoom({ configured: tokens, records: store.access, failures: { burst: 1_000_000 } }),
    facts: () => ({
      version: '0.0.0',
      pid: process.pid,
      address: null,
      startedAt: 0,
      configuration: { since: 0, refused: null },
      sources: {},
      health: watch.standing(),
      ledger: engine.ledger(),
    }),
    ...everyPart(),
    backends: [backend],
    answers: store.answers,
    isReady: () => watch.isHealthy,
    figures: {
      requests: watch.requests,
      text: () => watch.text(),
      isOpen: false,
      malformedReport: () => watch.onIntake({ what: 'report', result: 'malformed' }),
    },
    onFailure: (error) => failures.push(error),
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await server.close();
    watch.stop();
    await engine.stop();
    await store.close();
  });
  const signal = { id: 's1', source: 'test', type: 'process.exit', resource, summary: 'exited' };
  await engine.signal({ ...signal, status: 'firing' });
  return { address, engine, failures, declarations: server.declarations };
}
