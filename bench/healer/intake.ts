import type { Report } from '@prunella/protocol';
import { reportOf } from '../core/reports.ts';
import { interleave, median, medianOfPairs } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { install, resourceName } from './installation.ts';
import { MeasuredProcess } from './measured-process.ts';
import { Sender } from './send.ts';

const instances = 1_000;
const resources = 100;
const batch = 100;
const connections = 8;

/** Reports by HTTP into a whole healer, beside a server that only parses them; the thread's processor time counts. */
export async function measureIntake(program: string, rounds: number): Promise<Row[]> {
  const installation = await install(resources);
  const healer = new MeasuredProcess(program);
  const bare = new MeasuredProcess(program);
  try {
    const { address, token } = await healer.ask({
      do: 'heal',
      configurationFile: installation.configurationFile,
    });
    const toHealer = new Sender(address, token, connections);
    const toBare = new Sender(
      (await bare.ask({ do: 'be-bare', folder: installation.folder })).address,
      token,
      connections,
    );
    let sequence = 0;
    const bodies = (size: number, count: number) => {
      sequence += 1;
      return Array.from({ length: count }, (_, body) => {
        const reports = Array.from({ length: size }, (_, index) => {
          const instance = (body * size + index) % instances;
          // Every fifth is sick in every other round: counts change.
          const isSick = instance % 5 === 0 && sequence % 2 === 0;
          return reported(instance, sequence, isSick);
        });
        return JSON.stringify({ reports });
      });
    };
    const reportsPerSecond =
      (process: MeasuredProcess, sender: Sender, size: number, count: number) => async () => {
        const sent = bodies(size, count);
        const before = (await process.ask({ do: 'count-processor-time' })).microseconds;
        await sender.postAll('/v1/reports', sent, connections);
        const after = (await process.ask({ do: 'count-processor-time' })).microseconds;
        return (size * count) / ((after - before) / 1e6);
      };
    const figures = await interleave(
      {
        batches: reportsPerSecond(healer, toHealer, batch, instances / batch),
        bareBatches: reportsPerSecond(bare, toBare, batch, instances / batch),
        single: reportsPerSecond(healer, toHealer, 1, instances),
        bareSingle: reportsPerSecond(bare, toBare, 1, instances),
      },
      { rounds, warmUpRounds: 5 },
    );
    toHealer.close();
    toBare.close();
    const peerName = 'bare node:http that parses the same JSON';
    return [
      judged({
        figure: 'reports a second, in batches of 100',
        ours: median(figures.batches),
        peer: median(figures.bareBatches),
        peerName,
        bar: { rule: 'at least', value: 10_000, from: 'fixed' },
        unit: '1/s',
      }),
      judged({
        figure: 'reports a second, one a request',
        ours: median(figures.single),
        peer: median(figures.bareSingle),
        peerName,
        bar: null,
        unit: '1/s',
      }),
      judged({
        figure: 'one a request, as a share of the bare server',
        ours: medianOfPairs(figures.single, figures.bareSingle, (ours, theirs) => (100 * ours) / theirs),
        peer: 100,
        peerName,
        bar: { rule: 'at least', value: 50, from: 'half of the peer' },
        unit: '%',
      }),
    ];
  } finally {
    await Promise.all([healer.end(), bare.end()]);
    await installation.remove();
  }
}

/** What many instances take in a whole healer, resident, after they all reported twice. */
export async function measureManyInstances(program: string, count: number): Promise<Row[]> {
  const installation = await install(resources);
  const healer = new MeasuredProcess(program);
  try {
    const { configurationFile } = installation;
    const { address, token } = await healer.ask({ do: 'heal', configurationFile });
    const sender = new Sender(address, token, connections);
    for (const sequence of [1, 2]) {
      for (let first = 0; first < count; first += 10 * batch) {
        const bodies = Array.from({ length: 10 }, (_, body) => {
          const reports = Array.from({ length: batch }, (_, index) => {
            const instance = first + body * batch + index;
            return reported(instance, sequence, instance % 5 === 0);
          });
          return JSON.stringify({ reports });
        });
        await sender.postAll('/v1/reports', bodies, connections);
      }
    }
    sender.close();
    const resident = await healer.proportionalBytes();
    const { heapBytes } = await healer.ask({ do: 'count-memory' });
    const figure = `${count.toLocaleString('en')} instances that report`;
    const fixed = { rule: 'at most', value: 1, from: 'fixed' } as const;
    const row = (what: string, bytes: number, bar: Row['bar']) =>
      judged({
        figure: `${figure}: ${what}`,
        ours: bytes / 2 ** 30,
        peer: null,
        peerName: 'none',
        bar,
        unit: 'GB',
      });
    return [row('resident (PSS)', resident, fixed), row('heap after a collection', heapBytes, null)];
  } finally {
    await healer.end();
    await installation.remove();
  }
}

function reported(instance: number, sequence: number, isSick: boolean): Report {
  const report = reportOf(`${instance}`, resourceName(instance % resources), sequence, isSick);
  // The longest that a server takes.
  return { ...report, heartbeatMs: 600_000 };
}
