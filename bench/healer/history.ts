import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { median } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { install, resourceName } from './installation.ts';
import { MeasuredProcess } from './measured-process.ts';
import { Sender } from './send.ts';

const resources = 100;
const starts = 5;

/** From the start of the process to the first signal that is acknowledged, with a long log behind it. */
export async function measureStart(program: string, events: number): Promise<Row[]> {
  const installation = await install(resources);
  try {
    await startOnce(program, installation.configurationFile, 0);
    fill(join(installation.folder, 'prunella-data', 'prunella.db'), events);
    const figures: number[] = [];
    for (let start = 1; start <= starts; start += 1) {
      figures.push(await startOnce(program, installation.configurationFile, start));
    }
    return [
      judged({
        figure: `start to first accepted signal, ${events.toLocaleString('en')} events of history`,
        ours: median(figures) / 1_000,
        peer: null,
        peerName: 'none',
        bar: { rule: 'at most', value: 1, from: 'fixed' },
        unit: 's',
      }),
    ];
  } finally {
    await installation.remove();
  }
}

async function startOnce(program: string, configurationFile: string, number: number): Promise<number> {
  const begun = performance.now();
  const healer = new MeasuredProcess(program);
  try {
    const { address, token } = await healer.ask({ do: 'heal', configurationFile });
    const sender = new Sender(address, token, 1);
    const signal = {
      id: `start ${number}`,
      source: 'bench',
      type: 'note',
      resource: resourceName(0),
      status: 'firing',
      summary: 'noted',
    };
    await sender.post('/v1/signals', JSON.stringify(signal));
    const tookMs = performance.now() - begun;
    sender.close();
    return tookMs;
  } finally {
    await healer.end();
  }
}

/** Entries as a healer writes them: changes of summaries, spread over the resources and the last thirty days. */
function fill(path: string, events: number): void {
  const database = new DatabaseSync(path);
  const event = JSON.stringify({
    type: 'summary-changed',
    observers: 2,
    conditions: { ok: 1, degraded: 0, down: 1, unknown: 0 },
    sickByKind: { unreachable: 1 },
    sickHosts: 1,
    earliestFaultAt: 1_800_000_000_000,
  });
  database.exec('PRAGMA synchronous = OFF');
  database
    .prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
       INSERT INTO events (at, resource, incident, event)
       SELECT CAST(? + n * ? / ? AS INTEGER), 'bench/r' || (n % ${resources}), NULL, ? FROM numbers`,
    )
    .run(events, Date.now() - 30 * 86_400_000, 30 * 86_400_000, events, event);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}
