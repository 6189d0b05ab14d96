import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LogEntry } from '@prunella/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { crashPoints } from '../../src/engine/crash-point.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { CrashWorld } from './crash-world.ts';

const program = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

interface Run {
  readonly killedBy: NodeJS.Signals | null;
  readonly exitCode: number | null;
  readonly said: string;
  readonly complained: string;
}

function runHealer(folder: string, crashAt: string): Promise<Run> {
  const child = spawn(process.execPath, ['--conditions=prunella-source', program, folder, crashAt], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  let complained = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  child.stderr.on('data', (data) => {
    complained += data;
  });
  return new Promise((resolve) => {
    child.on('close', (exitCode, killedBy) => resolve({ exitCode, killedBy, said, complained }));
  });
}

async function readStore(folder: string) {
  const store = await openSqliteStore({ folder, now: Date.now });
  const entries = await store.read({ limit: 1_000 });
  const { openAttempts, outbox, states } = await store.load();
  await store.close();
  return { entries, openAttempts, outbox, ledger: states.get('ledger') };
}

function attemptsWith(entries: readonly LogEntry[], type: 'attempt-intended' | 'attempt-ended'): string[] {
  return entries.flatMap(({ event }) => (event.type === type ? [event.attempt] : []));
}

describe('a healer killed with SIGKILL', () => {
  it.each(crashPoints)(
    '%s: goes on after a restart, and nothing is applied twice',
    async (point) => {
      const folder = await temporaryFolder();
      const crashed = await runHealer(folder, point);
      expect(crashed, crashed.complained).toMatchObject({ killedBy: 'SIGKILL' });
      const restarted = await runHealer(folder, '-');
      expect(restarted, restarted.complained).toMatchObject({ exitCode: 0 });

      const { applied } = new CrashWorld(folder);
      const { entries, openAttempts, outbox, ledger } = await readStore(folder);
      expect(applied.length, 'it was repaired').toBeGreaterThan(0);
      expect(new Set(applied).size, 'each attempt was applied at most once').toBe(applied.length);
      const intended = attemptsWith(entries, 'attempt-intended');
      expect(intended, 'nothing was applied without its intent on disk').toEqual(
        expect.arrayContaining([...applied]),
      );
      expect(attemptsWith(entries, 'attempt-ended').toSorted(), 'each has exactly one result').toEqual(
        intended.toSorted(),
      );
      expect(openAttempts).toEqual([]);
      expect(outbox.filter(({ command }) => command.type === 'dispatch')).toEqual([]);
      const signals = entries.filter(({ event }) => event.type === 'signal-received');
      expect(signals, 'the signal is there once').toHaveLength(1);
      const wasOnDisk = point !== 'before-signal-commit';
      expect(JSON.parse(restarted.said)).toEqual({ accepted: true, duplicate: wasOnDisk });
      const { accepted, executed, suppressed, rejected, expired, pending } = ledger as Record<string, number>;
      expect(accepted).toBe(
        [executed, suppressed, rejected, expired, pending].reduce(
          (sum: number, count) => sum + (count ?? 0),
          0,
        ),
      );
    },
    30_000,
  );
});
