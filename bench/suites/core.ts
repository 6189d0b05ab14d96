import { measureDecisions } from '../core/decisions.ts';
import { measureMemory } from '../core/memory.ts';
import { measureObservations } from '../core/observations.ts';
import type { Suite } from '../suite.ts';

export const coreSuite: Suite = {
  notMeasured: [
    'The engine: what writing a decision to disk costs, and reading the state back after a start.',
    'Work of the engine’s own threads, such as a part of garbage collection: figures are processor time of the calling thread.',
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
    return {
      rows: [...decisions.rows, ...observations, ...memory],
      conditions: [
        decisions.condition,
        `Observations: 5,000 reports a round, every fifth with a change, each instance on a host of its own, few and many turn by turn, ${rounds} rounds after 3 to warm up; medians.`,
        'Memory: heap above the start after a full collection; 1,000,000 processes on as many hosts, each with one resource, and 100,000 machines that have decided on each summary.',
      ],
    };
  },
};
