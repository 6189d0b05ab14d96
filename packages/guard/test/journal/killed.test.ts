import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../adapters/call.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { checkLines } from './check-lines.ts';

const folder = temporaryFolder();
const application = fileURLToPath(import.meta.resolve('./killed-application.ts'));
/** Applications side by side, each with its journal, and how often each is killed. */
const applications = 2;
const lives = 16;
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

interface Life {
  readonly child: ChildProcess;
  readonly told: string[];
  readonly ready: Promise<unknown>;
  readonly ended: Promise<unknown>;
}

function live(...args: string[]): Life {
  const child = spawn(process.execPath, ['--conditions=prunella-source', application, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const told: string[] = [];
  const output = createInterface({ input: child.stdout });
  const ready = once(output, 'line');
  output.on('line', (line) => told.push(line));
  return { child, told, ready, ended: Promise.all([once(child, 'exit'), once(output, 'close')]) };
}

test('the checker sees what is lost and what is out of order', () => {
  expect(checkLines(['a 1', 'a 2'], ['a 1', 'a 2', 'a 1', 'b 1'])).toEqual([]);
  expect(checkLines(['a 1', 'a 2'], ['a 2', 'a 1'])).toEqual(['a 1 came after a 2']);
  expect(checkLines(['a 1', 'b 7'], ['a 1'])).toEqual(['b 7 was accepted and is lost']);
});

/** Kills an application again and again, then lets the last one end; answers all that was told, and what was made before that. */
async function killAgainAndAgain(seed: number, journal: string, database: string) {
  const random = seededRandom(seed);
  const told: string[] = [];
  for (let count = 0; count < lives; count++) {
    const life = live(journal, database, String(seed + count), String(count * 1_000_000));
    // Some die while they take over what the one before has left.
    const early = count % 4 === 3;
    if (!early) await Promise.race([life.ready, life.ended]);
    await delay(random() * (early ? 250 : 100));
    life.child.kill('SIGKILL');
    await life.ended;
    told.push(...life.told);
  }
  const before = linesOf(database).length;
  const last = live(journal, database, '1', '0', 'drain');
  await last.ended;
  expect(last.told).toEqual(['ready', 'drained, 0 set aside']);
  return { told, before };
}

function linesOf(database: string): string[] {
  return readFileSync(database, 'utf8').trimEnd().split('\n');
}

const name = `applications that are killed ${applications * lives} times lose nothing that they accepted`;
test(name, { timeout: 120_000 }, async () => {
  const seed = Number(process.env['PRUNELLA_SEED'] ?? 20_261_125);
  const again = `PRUNELLA_SEED=${seed} vitest run packages/guard/test/journal/killed.test.ts`;
  const checked = Array.from({ length: applications }, async (_, count) => {
    const [journal, database] = [join(folder, `writes-${count}.db`), join(folder, `lines-${count}`)];
    const { told, before } = await killAgainAndAgain(seed + count * 1_000, journal, database);
    const idsOf = (what: string) =>
      told.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1));
    const kept = idsOf('kept');
    expect(checkLines([...kept, ...idsOf('made')], linesOf(database)), again).toEqual([]);
    expect(idsOf('refused'), again).toEqual([]);
    return { kept: kept.length, before };
  });
  const counts = await Promise.all(checked);
  // Not true of applications that never get that far.
  for (const { kept, before } of counts) {
    expect(Math.min(kept, before), JSON.stringify(counts)).toBeGreaterThan(30);
  }
});
