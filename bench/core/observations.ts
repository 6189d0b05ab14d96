import { initialObserveState, observe } from '@prunella/core';
import type { Report } from '@prunella/protocol';
import { garbageCollector } from '../garbage.ts';
import { type Contender, interleave, median, medianOfPairs, microsecondsBySlices } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { reportOf } from './reports.ts';

const began = 1_800_000_000_000;
const resource = 'postgres/main';
const few = 10;
const many = 100_000;
/** So that a round meets other instances than the one before, and none is left out. */
const stride = 7_919;
export const observationsEachRound = 5_000;
/** One in so many changes what its instance says; the rest are heartbeats. */
const changesEvery = 5;

/**
 * One report of one instance, where few and where very many observe the same resource; and beside it the least that
 * keeping anything by instance can cost: one look-up in a bare Map of as many entries, and one replaced entry.
 */
export async function measureObservations(rounds: number): Promise<Row[]> {
  const collect = garbageCollector();
  const figures = await interleave(
    {
      few: observing(few, collect),
      many: observing(many, collect),
      bareFew: lookingUp(few, collect),
      bareMany: lookingUp(many, collect),
    },
    { rounds, warmUpRounds: 3 },
  );
  const ratioOf = (left: readonly number[], right: readonly number[]): number =>
    medianOfPairs(left, right, (more, less) => more / less);
  const ours = median(figures.many);
  return [
    judged({
      figure: 'one observation, 100,000 instances beside 10',
      ours: ratioOf(figures.many, figures.few),
      peer: ratioOf(figures.bareMany, figures.bareFew),
      peerName: 'bare Map.get and set',
      bar: { rule: 'at most', value: 2, from: 'fixed' },
      unit: 'times',
    }),
    judged({
      figure: 'one observation of 100,000 instances',
      ours,
      peer: median(figures.few),
      peerName: 'of 10 instances',
      bar: { rule: 'at most', value: 2 * median(figures.few), from: 'twice that of 10 instances' },
      unit: 'µs',
    }),
    judged({
      figure: 'bare Map.get and set of 100,000',
      ours: median(figures.bareMany),
      peer: median(figures.bareFew),
      peerName: 'of 10',
      bar: null,
      unit: 'µs',
    }),
  ];
}

function observing(instances: number, collect: () => void): Contender {
  const state = initialObserveState();
  let now = began;
  for (const report of firstReports(instances)) observe(state, { type: 'report', report }, now);
  return eachReport(instances, collect, (report) => {
    now += 1;
    observe(state, { type: 'report', report }, now);
  });
}

function lookingUp(instances: number, collect: () => void): Contender {
  const known = new Map<string, { readonly sequence: number }>();
  for (const { instance, sequence } of firstReports(instances)) known.set(instance, { sequence });
  return eachReport(instances, collect, ({ instance, sequence }) => {
    if (known.get(instance)?.sequence !== sequence) known.set(instance, { sequence });
  });
}

function firstReports(instances: number): Report[] {
  return Array.from({ length: instances }, (_, index) => reportOf(`${index}`, resource, 1, false));
}

function eachReport(instances: number, collect: () => void, take: (report: Report) => void): Contender {
  const sick: boolean[] = [];
  let sent = 0;
  return async () => {
    const reports = Array.from({ length: observationsEachRound }, () => {
      sent += 1;
      const instance = (sent * stride) % instances;
      if (sent % changesEvery === 0) sick[instance] = sick[instance] !== true;
      return reportOf(`${instance}`, resource, sent + 1, sick[instance] === true);
    });
    collect();
    return microsecondsBySlices(reports, take);
  };
}
