import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServiceDefinition, serviceFromJson } from '../definition.ts';
import { serviceFiles, writeFileAtomically } from '../folder.ts';
import { createOrders } from './orders.ts';
import { openRecords, RecordsHeldError } from './records.ts';
import { createRunnerServer } from './server.ts';
import { shortenServiceLog } from './service-log.ts';
import { createServiceProcess } from './service-process.ts';

/**
 * A process of its own, one for each service: `node main.js FOLDER`. It is small, starts the service, sees how
 * it ends, carries out orders and remembers them. It outlives the healer, and the service outlives it.
 */
const housekeepingMs = 10_000;
/** Longer socket paths are cut off by the system (104 bytes on some). */
const longestSocketPath = 100;

function main(folder: string): void {
  const files = serviceFiles(folder);
  const now = Date.now;
  const records = openRecords(files.records, now);
  records.endInterrupted({ outcome: 'unknown', detail: 'the runner ended in the middle of it' });
  const definition = (): ServiceDefinition => serviceFromJson(readFileSync(files.definition, 'utf8'));
  const service = createServiceProcess({
    files,
    records,
    definition,
    now,
    onExit: (exit) => runner.tellExit(exit),
  });
  const orders = createOrders({ records, service, definition, now });
  const { socketPath, temporaryFolder } = chooseSocketPath(files.folder);
  const shutdown = (stopService: boolean) =>
    orders.inTurn(async () => {
      if (stopService) {
        await service.stop(Number.POSITIVE_INFINITY);
        service.forget();
      }
      runner.server.close();
      rmSync(socketPath, { force: true });
      if (temporaryFolder !== null) rmSync(temporaryFolder, { recursive: true, force: true });
      rmSync(files.runner, { force: true });
      records.close();
    });
  const runner = createRunnerServer({ records, orders, service, shutdown });

  rmSync(socketPath, { force: true });
  runner.server.listen(socketPath, () => {
    writeFileAtomically(files.runner, JSON.stringify({ pid: process.pid, socket: socketPath }), 0o600);
  });
  orders.inTurn(() => service.begin()).catch(fail);
  setInterval(() => shortenServiceLog(files.serviceLog), housekeepingMs).unref();
}

function chooseSocketPath(folder: string): { socketPath: string; temporaryFolder: string | null } {
  const socketPath = join(folder, 'runner.sock');
  if (Buffer.byteLength(socketPath) <= longestSocketPath) return { socketPath, temporaryFolder: null };
  const temporaryFolder = mkdtempSync(join(tmpdir(), 'prunella-'));
  return { socketPath: join(temporaryFolder, 'runner.sock'), temporaryFolder };
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  fail(new Error('usage: main.js FOLDER; the healer starts this by itself'));
} else {
  // The terminal's signals are for the healer; this goes on.
  process.on('SIGHUP', () => {});
  process.on('SIGINT', () => {});
  try {
    main(folder);
  } catch (error) {
    // Another runner of the same service was there first: that one is the runner.
    if (!(error instanceof RecordsHeldError)) fail(error);
  }
}
