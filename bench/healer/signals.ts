import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { install, resourceName } from './installation.ts';
import { MeasuredProcess } from './measured-process.ts';
import { Sender } from './send.ts';

const burst = 200;
const patienceMs = 60_000;

/** From a signal that leaves its sender to the backend being called; acceptance and intent are then on disk. */
export async function measureSignals(program: string, single: number): Promise<Row[]> {
  const resources = single + burst + 20;
  const installation = await install(resources);
  const healer = new MeasuredProcess(program);
  try {
    const { folder, configurationFile } = installation;
    const { address, token } = await healer.ask({ do: 'heal', configurationFile });
    const sender = new Sender(address, token, burst);
    const sentAt = new Map<string, bigint>();
    let next = 0;
    const send = async () => {
      const resource = resourceName(next);
      next += 1;
      const body = JSON.stringify({
        id: resource,
        source: 'bench',
        type: 'process.exit',
        resource,
        node: 'one',
        status: 'firing',
        summary: 'gone',
      });
      sentAt.set(resource, process.hrtime.bigint());
      await sender.post('/v1/signals', body);
      return resource;
    };
    const latencies = async (sent: readonly string[]) => {
      const giveUpAt = Date.now() + patienceMs;
      for (;;) {
        const calls = await healer.ask({ do: 'tell-calls' });
        const ms = sent.flatMap((resource) => {
          const call = calls[resource];
          return call === undefined ? [] : [Number(BigInt(call) - (sentAt.get(resource) ?? 0n)) / 1e6];
        });
        if (ms.length === sent.length) return ms;
        if (Date.now() > giveUpAt) throw new Error(`${sent.length - ms.length} signals led to no call`);
        await delay(50);
      }
    };
    for (let warmUp = 0; warmUp < 20; warmUp += 1) await send();
    const one: string[] = [];
    for (let count = 0; count < single; count += 1) one.push(await send());
    const oneMs = await latencies(one);
    const manyMs = await latencies(await Promise.all(Array.from({ length: burst }, send)));
    sender.close();
    const floor = (await healer.ask({ do: 'commit', times: single, folder })).ms;
    const row = (figure: string, ours: number, peer: number | null) =>
      judged({
        figure,
        ours,
        peer,
        peerName: peer === null ? 'none' : 'one synchronous SQLite commit of 1 KB',
        bar: null,
        unit: 'ms',
      });
    return [
      row('signal to backend called, one at a time, p50', percentile(oneMs, 50), percentile(floor, 50)),
      row('signal to backend called, one at a time, p99', percentile(oneMs, 99), percentile(floor, 99)),
      row(`signal to backend called, burst of ${burst}, p50`, percentile(manyMs, 50), null),
      row(`signal to backend called, burst of ${burst}, p99`, percentile(manyMs, 99), null),
    ];
  } finally {
    await healer.end();
    await installation.remove();
  }
}
