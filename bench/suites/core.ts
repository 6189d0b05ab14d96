import { measureDecisions } from '../core/decisions.ts';
import { measureHours } from '../core/hours.ts';
import { measureMemory } from '../core/memory.ts';
import { measureObservations, observationsEachRound } from '../core/observations.ts';
import type { Suite } from '../suite.ts';

export const coreSuite: Suite = {
  notMeasured: [
    'The engine: what writing a decision to disk costs, and reading the state back after a start.',
    'Garbage collection while observing: a slice with one is not the median. Of decisions only that of the calling thread, whose processor time they are.',
    'A processor’s caches: 100,000 instances do not fit into them and 10 do. The row with a bare Map shows what that alone costs; an observation touches some ten places of an instance, a look-up three.',
    'A resource in an outage takes more memory than one that is well: its incident, attempts and holds, some ten kilobytes each.',
    'Peers: none is known that decides purely and can be fed the same.',
  ],
  async measure({ full, say }) {
    const rounds = full ? 41 : 15;
    say('decisions ...');
    const decisions = measureDecisions(rounds);
    say('observations ...');
    const observations = await measureObservations(rounds);
    say('memory ...');
    const memory = measureMemory(100_000);
    say('simulated hours ...');
    const hours = measureHours(full ? 10_000 : 200, say);
    return {
      rows: [...decisions.rows, ...observations, ...memory, hours],
      conditions: [
        decisions.condition,
        `Observations: ${observationsEachRound.toLocaleString('en')} reports a round, every fifth with a change, each instance on a host of its own, few and many turn by turn, ${rounds} rounds after 3 to warm up; medians, by the clock in slices of 250.`,
        'Simulated hours: seeds from 1 on, each one hour around at least one outage, and every rule asked about its record; processor time of one thread.',
        'Memory: heap above the start after a full collection; 1,000,000 processes on as many hosts, each with one resource, and 100,000 machines that have decided on each summary.',
      ],
    };
  },
};
