import { initialObserveState, type ObserveState, observe } from '@prunella/core';
import { garbageCollector } from '../garbage.ts';
import { interleave, median, medianOfPairs } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { reportOf } from './reports.ts';

const began = 1_800_000_000_000;
const resource = 'postgres/main';
const observations = 5_000;
/** One in so many changes what its instance says; the rest are heartbeats. */
const changesEvery = 5;

/** One report of one instance, where few and where very many observe the same resource. */
export async function measureObservations(rounds: number): Promise<Row[]> {
  const collect = garbageCollector();
  const figures = await interleave(
    { few: observing(10, collect), many: observing(100_000, collect) },
    { rounds, warmUpRounds: 3 },
  );
  const ratio = medianOfPairs(figures.many, figures.few, (many, few) => many / few);
  return [
    judged({
      figure: 'one observation, 100,000 instances beside 10',
      ours: ratio,
      peer: null,
      peerName: 'none',
      bar: { rule: 'at most', value: 2, from: 'fixed' },
      unit: 'times',
    }),
    judged({
      figure: 'one observation of 100,000 instances',
      ours: median(figures.many),
      peer: median(figures.few),
      peerName: 'of 10 instances',
      bar: { rule: 'at most', value: 2 * median(figures.few), from: 'twice that of 10 instances' },
      unit: 'µs',
    }),
  ];
}

function observing(instances: number, collect: () => void): () => Promise<number> {
  const state = initialObserveState();
  const sick: boolean[] = [];
  let sequence = 1;
  let now = began;
  for (let index = 0; index < instances; index += 1) say(state, index, sequence, false, now);
  return async () => {
    sequence += observations;
    const reports = Array.from({ length: observations }, (_, index) => {
      const instance = (index * 7_919) % instances;
      if (index % changesEvery === 0) sick[instance] = sick[instance] !== true;
      return reportOf(`${instance}`, resource, sequence + index, sick[instance] === true);
    });
    collect();
    const begunAt = process.threadCpuUsage();
    for (const report of reports) {
      now += 1;
      observe(state, { type: 'report', report }, now);
    }
    const { user, system } = process.threadCpuUsage(begunAt);
    return (user + system) / observations;
  };
}

function say(state: ObserveState, index: number, sequence: number, isSick: boolean, now: number): void {
  observe(state, { type: 'report', report: reportOf(`${index}`, resource, sequence, isSick) }, now);
}
