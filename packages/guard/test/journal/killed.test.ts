import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openJournal } from '@prunella/guard/journal';
import { waitFor } from '@prunella/labs';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../adapters/call.ts';
import { guarded } from '../runtime/guarded.ts';
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
  output.on('line', (line) => told.push(line));
  return { child, told, ended: Promise.all([once(child, 'exit'), once(output, 'close')]) };
}

test('the checker sees what is lost and what is out of order', () => {
  expect(checkLines(['a 1', 'a 2'], ['a 1', 'a 2', 'a 1', 'b 1'])).toEqual([]);
  expect(checkLines(['a 1', 'a 2'], ['a 2', 'a 1'])).toEqual(['a 1 came after a 2']);
  expect(checkLines(['a 1', 'b 7'], ['a 1'])).toEqual(['b 7 was accepted and is lost']);
});

test.each([
  ['before its commit', 'before', ['first']],
  ['between its fsync and its acknowledgement', 'after', ['first', 'second', 'third', 'fourth']],
])('a process that is killed %s has lost nothing that it accepted', async (_where, when, there) => {
  const file = join(folder, `${when}.db`);
  const dying = fileURLToPath(import.meta.resolve('./killed-at-commit.ts'));
  const death = promisify(execFile)(process.execPath, ['--conditions=prunella-source', dying, file, when]);
  await expect(death).rejects.toMatchObject({ signal: 'SIGKILL', stdout: 'first\n' });
  const journal = await openJournal({ file });
  expect(journal.list().map(({ idempotencyKey }) => idempotencyKey)).toEqual(there);
  const { guard, clock } = guarded();
  const made: string[] = [];
  journal.writesFor(guard).define<string>('note', {
    apply: (_handle, { payload }) => void made.push(payload),
  });
  await clock.advance(60_000);
  expect([made, journal.entries, journal.bytes]).toEqual([there, 0, 0]);
  await guard.detach();
  await journal.close();
});

/** Kills an application again and again, then lets the last one end; answers all that was told, and what was made before that. */
async function killAgainAndAgain(seed: number, journal: string, database: string) {
  const random = seededRandom(seed);
  const told: string[] = [];
  for (let count = 0; count < lives; count++) {
    const linesBefore = linesOf(database).length;
    const life = live(journal, database, String(seed + count), String(count * 1_000_000));
    // Some die while they take over what the one before has left.
    const early = count % 4 === 3;
    if (!early)
      await waitFor(() => hasWritten(life, database, linesBefore), {
        what: `life ${count} to keep and make writes`,
      });
    await delay(random() * (early ? 250 : 60));
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

/** Has kept some and made some, however slow the machine is. */
function hasWritten({ told, child }: Life, database: string, linesBefore: number): boolean {
  const kept = told.filter((line) => line.startsWith('kept ')).length;
  return child.exitCode !== null || (kept >= 4 && linesOf(database).length >= linesBefore + 4);
}

function linesOf(database: string): string[] {
  if (!existsSync(database)) return [];
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
