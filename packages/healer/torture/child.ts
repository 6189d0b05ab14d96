/**
 * A healer that is to be killed, over its standard input and output (`messages.ts`). Loads everything, says so,
 * and waits for `go`, so that the time of loading is not part of its life.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startEmbeddedEngine } from '../src/engine/embedded-engine.ts';
import { openSqliteStore } from '../src/store/sqlite-store.ts';
import { acquireStoreLock } from '../src/store/store-lock.ts';
import { installDefect, withDefect } from './break-it.ts';
import { watchCommits } from './inside-commit.ts';
import type { FromHealer, Orders, Question, ToHealer } from './messages.ts';
import { TortureBackend } from './torture-backend.ts';

const say = (message: FromHealer) => writeSync(1, `${JSON.stringify(message)}\n`);
const die = (point: string) => {
  say({ crashing: point });
  process.kill(process.pid, 'SIGKILL');
};

const waiting = new Map<number, (answer: unknown) => void>();
let asked = 0;

function ask(question: Question): Promise<unknown> {
  asked += 1;
  const id = asked;
  say({ ask: id, question });
  return new Promise((resolve) => waiting.set(id, resolve));
}

async function live(orders: Orders) {
  let passes = 0;
  const onPoint = (point: string) => {
    if (point !== orders.crashAt) return;
    passes += 1;
    if (passes === orders.pass) die(point);
  };
  installDefect(orders.defect);
  if (orders.crashAt === 'inside-commit') watchCommits(() => onPoint('inside-commit'));
  await acquireStoreLock(orders.folder);
  const backends = [
    new TortureBackend('fenced', 'repairs', ask, orders.defect),
    new TortureBackend('plain', 'disrupts', ask, orders.defect),
  ];
  const store = withDefect(
    await openSqliteStore({ folder: orders.folder, now: Date.now }),
    orders.defect,
    backends,
  );
  const engine = await startEmbeddedEngine({
    store,
    playbooks: orders.playbooks,
    resources: orders.resources.map((resource) => ({
      facts: { resource, nodes: [{ name: 'node', target: `${resource}@node` }], labels: {} },
      probes: [
        {
          node: 'node',
          probe: { type: 'torture', run: async () => (await ask({ probe: resource })) as never },
        },
      ],
    })),
    backends,
    settings: {
      observe: { okHeartbeatMs: 20 },
      summaryEveryMs: 20,
      probeEveryMs: 40,
      storeRetryMs: 20,
      fleet: {
        concurrency: 10,
        disruptedDomains: 10,
        storm: { incidents: 1_000_000, withinMs: 300_000, share: 1, leastResources: 1_000_000 },
        isolation: { withinMs: 60_000, share: 1, leastResources: 1_000_000 },
      },
    },
    onFault: (error, doing) => say({ fault: `${doing}: ${String(error)}` }),
    onCrashPoint: onPoint,
  });
  engine.onLog(({ sequence }) => say({ published: sequence }));
  say({ ready: true });
  return { engine, store };
}

/** The promise of the engine's interface: what rejects was not taken. */
const notAccepted = (error: unknown) => ({ accepted: false as const, reason: String(error) });

let healer: ReturnType<typeof live> | null = null;

async function hear(message: ToHealer): Promise<void> {
  if ('go' in message) {
    healer = live(message.go);
    await healer;
  } else if ('answer' in message) {
    waiting.get(message.to)?.(message.answer);
    waiting.delete(message.to);
  } else if (healer !== null) {
    const { engine, store } = await healer;
    if ('report' in message) engine.report(message.report);
    else if ('signal' in message) {
      const receipt = await engine.signal(message.signal).catch(notAccepted);
      say({ signal: message.signal.id, receipt });
    } else if ('command' in message) {
      const { resource, command } = message;
      say({ command: command.id, receipt: await engine.command(resource, command).catch(notAccepted) });
    } else if ('status' in message) {
      const open = await engine.incidents({ open: true, limit: 1_000 });
      say({ status: message.status, open: open.map(({ resource }) => resource) });
    } else if ('stop' in message) {
      await engine.stop();
      await store.close();
      process.exit(0);
    }
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    hear(JSON.parse(line) as ToHealer).catch((error: unknown) => say({ fault: String(error) }));
  })
  // Whoever watched over it is gone.
  .on('close', () => process.exit(0));
say({ loaded: true });
