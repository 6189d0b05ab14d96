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
    const byClock: Record<'single' | 'bareSingle', number[]> = { single: [], bareSingle: [] };
    const reportsPerSecond =
      (process: MeasuredProcess, sender: Sender, size: number, count: number, clocked: number[] = []) =>
      async () => {
        const sent = bodies(size, count);
        const before = (await process.ask({ do: 'count-processor-time' })).microseconds;
        const begunAt = performance.now();
        const answers = await sender.askAll('/v1/reports', sent, connections);
        clocked.push((size * count) / ((performance.now() - begunAt) / 1e3));
        const after = (await process.ask({ do: 'count-processor-time' })).microseconds;
        requireAllTaken(answers, size * count);
        return (size * count) / ((after - before) / 1e6);
      };
    const figures = await interleave(
      {
        batches: reportsPerSecond(healer, toHealer, batch, instances / batch),
        bareBatches: reportsPerSecond(bare, toBare, batch, instances / batch),
        single: reportsPerSecond(healer, toHealer, 1, instances, byClock.single),
        bareSingle: reportsPerSecond(bare, toBare, 1, instances, byClock.bareSingle),
      },
      { rounds, warmUpRounds: 5 },
    );
    toHealer.close();
    toBare.close();
    const peerName = 'bare node:http that parses the same JSON';
    const shareOf = (ours: number, theirs: number) => (100 * ours) / theirs;
    const clocked = { ours: byClock.single.slice(-rounds), theirs: byClock.bareSingle.slice(-rounds) };
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
        ours: medianOfPairs(figures.single, figures.bareSingle, shareOf),
        peer: 100,
        peerName,
        bar: { rule: 'at least', value: 50, from: 'half of the peer' },
        unit: '%',
      }),
      judged({
        figure: 'reports a second, one a request, by the clock',
        ours: median(clocked.ours),
        peer: median(clocked.theirs),
        peerName,
        bar: null,
        unit: '1/s',
      }),
      judged({
        figure: 'the same as a share of the bare server, by the clock',
        ours: medianOfPairs(clocked.ours, clocked.theirs, shareOf),
        peer: 100,
        peerName,
        bar: null,
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
        requireAllTaken(await sender.askAll('/v1/reports', bodies, connections), 10 * batch);
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

/** A 202 may refuse some of its reports: then the healer did not do what is measured. */
function requireAllTaken(answers: readonly string[], count: number): void {
  const said = answers.map((text) => JSON.parse(text) as { accepted: number; refused: unknown[] });
  const taken = said.reduce((sum, { accepted }) => sum + accepted, 0);
  if (taken === count) return;
  const [first] = said.flatMap(({ refused }) => refused);
  throw new Error(`${count - taken} of ${count} reports were refused, such as ${JSON.stringify(first)}`);
}

function reported(instance: number, sequence: number, isSick: boolean): Report {
  const report = reportOf(`${instance}`, resourceName(instance % resources), sequence, isSick);
  // The longest that a server takes.
  return { ...report, heartbeatMs: 600_000 };
}
