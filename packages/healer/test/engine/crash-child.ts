/**
 * A healer that is to be killed. Arguments: the folder, and the crash point at which it kills itself with SIGKILL
 * (or `-`). Sends one signal, reports for one instance, and ends when the incident is closed, with one line of
 * JSON: what the signal's receipt was.
 */
import { parsePlaybook } from '@prunella/core';
import { startEmbeddedEngine } from '../../src/engine/embedded-engine.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { acquireStoreLock } from '../../src/store/store-lock.ts';
import { CrashWorld, RecordingBackend, worldProbe } from './crash-world.ts';

const [, , folder = '', crashAt = '-'] = process.argv;

const { playbooks } = parsePlaybook(
  `
playbook: database
for: postgres/main
open:
  after: 50ms
  quorum: { hosts: 1 }
  confirm: { failures: 1, every: 50ms, timeout: 500ms }
  signals: [process.exit]
  graceAfterStart: 0s
ladder:
  - action: stand-in.restart
    autonomy: auto
    every: 300ms
    max: 20
    deadline: 2s
    window: 1s
    soak: 100ms
limits: { attemptsPerDay: 50, disruptivePerFleetHour: 50 }
`,
  'crash.yaml',
);

await acquireStoreLock(folder);
const world = new CrashWorld(folder);
const engine = await startEmbeddedEngine({
  store: await openSqliteStore({ folder, now: Date.now }),
  playbooks,
  resources: [
    {
      facts: { resource: 'postgres/main', nodes: [{ name: 'db1', target: 'db1' }], labels: {} },
      probes: [{ node: 'db1', probe: worldProbe(world) }],
    },
  ],
  backends: [new RecordingBackend(world)],
  settings: { observe: { okHeartbeatMs: 50 }, summaryEveryMs: 20 },
  onCrashPoint: (point) => {
    if (point === crashAt) {
      process.kill(process.pid, 'SIGKILL');
    }
  },
});

let sequence = 0;
const reporting = setInterval(() => {
  sequence += 1;
  const { isRepaired } = world;
  engine.report({
    protocol: 1,
    service: 'actioner',
    host: 'one',
    instance: 'actioner/one/1',
    epoch: String(process.pid),
    sequence,
    heartbeatMs: 1_000,
    conditions: [
      {
        resource: 'postgres/main',
        condition: isRepaired ? 'ok' : 'down',
        sinceMs: 0,
        successes: isRepaired ? sequence : 0,
        faults: { unreachable: 1 },
        ...(isRepaired ? { lastSuccessAgeMs: 0 } : { firstFaultAgeMs: 100, lastFaultKind: 'unreachable' }),
      },
    ],
  });
}, 20);

const receipt = await engine.signal({
  id: 'exit-1',
  source: 'test',
  type: 'process.exit',
  resource: 'postgres/main',
  node: 'db1',
  status: 'firing',
  summary: 'the process exited',
});

const closed = async () => {
  const entries = await engine.log({ limit: 1_000 });
  const life = entries.filter(({ event }) => /^incident-(opened|reopened|closed)$/.test(event.type));
  return world.isRepaired && life.at(-1)?.event.type === 'incident-closed';
};
const patience = AbortSignal.timeout(15_000);
while (!(await closed())) {
  if (patience.aborted) {
    console.error(JSON.stringify([engine.explain(), await engine.log({ limit: 1_000 })], null, 1));
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
}
clearInterval(reporting);
await engine.stop();
console.log(JSON.stringify(receipt));
process.exit(0);
