import { setTimeout as delay } from 'node:timers/promises';
import { judged, type Row } from '../row.ts';
import { install } from './installation.ts';
import { MeasuredProcess } from './measured-process.ts';

const megabyte = 2 ** 20;
/** After a start its garbage is collected by itself sooner or later; this is later. */
const idleMs = 10_000;

/** What a healer with nothing to do holds, beside bare Node with SQLite open and a server listening. */
export async function measureIdle(program: string): Promise<Row[]> {
  const bare = await proportionalBytes(program, null);
  const few = await proportionalBytes(program, 100);
  const many = await proportionalBytes(program, 10_000);
  const peerName = 'bare Node with SQLite open and node:http listening';
  const row = (figure: string, bytes: number, bar: Row['bar']) =>
    judged({ figure, ours: bytes / megabyte, peer: bare / megabyte, peerName, bar, unit: 'MB' });
  return [
    row('idle with 100 resources (PSS)', few, {
      rule: 'at most',
      value: (1.5 * bare) / megabyte,
      from: '1.5 times the peer',
    }),
    row('idle with 10,000 resources (PSS)', many, { rule: 'below', value: 150, from: 'fixed' }),
  ];
}

async function proportionalBytes(program: string, resources: number | null): Promise<number> {
  const installation = await install(resources ?? 0);
  const measured = new MeasuredProcess(program);
  try {
    const { folder, configurationFile } = installation;
    if (resources === null) await measured.ask({ do: 'be-bare', folder });
    else await measured.ask({ do: 'heal', configurationFile });
    await delay(idleMs);
    return await measured.proportionalBytes();
  } finally {
    await measured.end();
    await installation.remove();
  }
}
