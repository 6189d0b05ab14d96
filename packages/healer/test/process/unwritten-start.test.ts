import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@prunella/labs';
import { expect, it, onTestFinished } from 'vitest';
import { makePrivateFolder, serviceFiles } from '../../src/backends/process/folder.ts';
import { openRecords } from '../../src/backends/process/runner/records.ts';
import { createServiceProcess } from '../../src/backends/process/runner/service-process.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

/** A killed process may stay as a zombie until its parent has looked. */
function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

it('a service whose start could not be written down is ended, so that no second one comes beside it', async () => {
  const folder = await temporaryFolder();
  const files = serviceFiles(join(folder, 'app'));
  makePrivateFolder(files.folder);
  const records = openRecords(files.records, Date.now);
  onTestFinished(() => records.close());
  const started: number[] = [];
  const service = createServiceProcess({
    files,
    records: {
      ...records,
      setProcess: (process) => {
        started.push(process?.pid ?? 0);
        throw new Error('database or disk is full');
      },
    },
    definition: () => ({
      service: 'app',
      command: ['sleep', '600'],
      workingDirectory: folder,
      environment: {},
      settleMs: 50,
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 300,
      backoff: { firstMs: 1_000, mostMs: 60_000 },
      maintenance: { failures: 10, withinMs: 600_000 },
      apply: null,
    }),
    now: Date.now,
    onExit: () => {},
  });
  onTestFinished(() => {
    for (const pid of started.filter(lives)) process.kill(pid, 'SIGKILL');
  });
  await expect(service.start(Date.now() + 10_000)).rejects.toThrow('database or disk is full');
  const [pid = 0] = started;
  expect(pid).toBeGreaterThan(0);
  await waitFor(() => !lives(pid), { what: 'what was started to be gone', deadlineMs: 5_000 });
});
